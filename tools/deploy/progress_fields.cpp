#include "tools/deploy/progress_fields.hpp"

#include <optional>
#include <type_traits>

namespace k2::deploy {
namespace {

// visit(name, field) for each field; the same table writes and reads.

template <class Visitor, class L>
void each_field_of_probe(L& probe, Visitor visit) {
  visit("version", probe.version);
  visit("started_at", probe.started_at);
  visit("unready", probe.unready);
  visit("accepted", probe.accepted);
  visit("per_second", probe.per_second);
  visit("backfilled", probe.backfilled);
  visit("holes", probe.holes);
  visit("gaps_declared", probe.gaps_declared);
  visit("dead_letters", probe.dead_letters);
  visit("minutes_incomplete", probe.minutes_incomplete);
  visit("journal_waiting", probe.journal_waiting);
  visit("journal_failing", probe.journal_failing);
  visit("lag_s", probe.lag_s);
  visit("lag_records", probe.lag_records);
  visit("owned_partitions", probe.owned_partitions);
  visit("rss_bytes", probe.rss_bytes);
}

template <class Visitor, class S>
void each_field_of_step(S& step, Visitor visit) {
  visit("at_us", step.at);
  visit("state", step.state);
  visit("good", step.good);
  visit("text", step.text);
}

template <class Visitor, class P>
void each_field_of_proof(P& proof, Visitor visit) {
  visit("what", proof.what);
  visit("command", proof.command);
  visit("clean", proof.clean);
  visit("verdict", proof.verdict);
  visit("published", proof.published);
  visit("stored", proof.stored);
  visit("missing", proof.missing);
  visit("duplicate", proof.duplicate);
  visit("out_of_order", proof.out_of_order);
  visit("altered", proof.altered);
  visit("unexpected", proof.unexpected);
}

template <class Visitor, class W>
void each_field_of_watched(W& watched, Visitor visit) {
  visit("first", watched.first);
  visit("probes", watched.probes);
  visit("rss_settled_mb", watched.rss_settled_mb);
  visit("rss_max_mb", watched.rss_max_mb);
  visit("lag_max_s", watched.lag_max_s);
  visit("backfilled_at_cut", watched.backfilled_at_cut);
  visit("backfilled_after", watched.backfilled_after);
  visit("alerts_missing_since_us", watched.alerts_missing_since);
  visit("alerts_unknown", watched.alerts_unknown);
  visit("troubled", watched.troubled);
}

template <class Visitor, class P>
void each_field_of_progress(P& progress, Visitor visit) {
  visit("state", progress.state);
  visit("began_us", progress.began);
  visit("entered_us", progress.entered);
  visit("dual_from_us", progress.dual_from);
  visit("dual_until_us", progress.dual_until);
  visit("joined_at_us", progress.joined_at);
  visit("cut_at_us", progress.cut_at);
  visit("taken_over_at_us", progress.taken_over_at);
  visit("validated_until_us", progress.validated_until);
  visit("rollback_at_us", progress.rollback_at);
  visit("back_at_us", progress.back_at);
  visit("ended_us", progress.ended);
  visit("why", progress.why);
  visit("shadowed", progress.shadowed);
  visit("alerts_before", progress.alerts_before);
  visit("watched", progress.watched);
  visit("steps", progress.steps);
  visit("diff", progress.diff);
  visit("whole", progress.whole);
  visit("back", progress.back);
}

Json write(UtcTime time) {
  return time.time_since_epoch().count();
}
Json write(State state) {
  return state_name(state);
}
Json write(Probe const& probe);
Json write(Step const& step);
Json write(Proof const& proof);
Json write(Watched const& watched);
template <class T>
  requires std::is_constructible_v<Json, T const&>
Json write(T const& value) {
  return Json(value);
}
template <class T>
Json write(std::optional<T> const& value) {
  return value ? write(*value) : Json();
}
template <class T>
Json write(std::vector<T> const& values) {
  Json json = Json::array();
  for (T const& value : values) json.push_back(write(value));
  return json;
}
Json write(std::map<std::string, UtcTime> const& values) {
  Json json = Json::object();
  for (auto const& [name, time] : values) json[name] = write(time);
  return json;
}

struct Writer {
  Json* json;
  template <class T>
  void operator()(char const* name, T const& value) const {
    (*json)[name] = write(value);
  }
};

Json write(Probe const& probe) {
  Json json;
  each_field_of_probe(probe, Writer{&json});
  return json;
}
Json write(Step const& step) {
  Json json;
  each_field_of_step(step, Writer{&json});
  return json;
}
Json write(Proof const& proof) {
  Json json;
  each_field_of_proof(proof, Writer{&json});
  return json;
}
Json write(Watched const& watched) {
  Json json;
  each_field_of_watched(watched, Writer{&json});
  return json;
}

struct Reader {
  Json const* json;
  template <class T>
  void operator()(char const* name, T& value) const;
};

void read(Json const& json, UtcTime& time) {
  time = UtcTime{std::chrono::microseconds{json.get<std::int64_t>()}};
}
void read(Json const& json, State& state) {
  state = find_state(json.get<std::string>()).value_or(State::kFailed);
}
void read(Json const& json, Probe& probe) {
  each_field_of_probe(probe, Reader{&json});
}
void read(Json const& json, Step& step) {
  each_field_of_step(step, Reader{&json});
}
void read(Json const& json, Proof& proof) {
  each_field_of_proof(proof, Reader{&json});
}
void read(Json const& json, Watched& watched) {
  each_field_of_watched(watched, Reader{&json});
}
void read(Json const& json, std::map<std::string, UtcTime>& values) {
  for (auto const& [name, time] : json.items()) read(time, values[name]);
}
template <class T>
void read(Json const& json, T& value) {
  json.get_to(value);
}
template <class T>
void read(Json const& json, std::optional<T>& value) {
  if (json.is_null()) return value.reset();
  read(json, value.emplace());
}
template <class T>
void read(Json const& json, std::vector<T>& values) {
  for (Json const& one : json) read(one, values.emplace_back());
}

template <class T>
void Reader::operator()(char const* name, T& value) const {
  read(json->at(name), value);
}

}  // namespace

Json fields_json(Progress const& progress) {
  Json json;
  each_field_of_progress(progress, Writer{&json});
  return json;
}

void read_fields(Json const& json, Progress& progress) {
  each_field_of_progress(progress, Reader{&json});
}

}  // namespace k2::deploy
