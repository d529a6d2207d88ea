#include "tools/soak/record.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace k2::soak {
namespace {

using Json = nlohmann::ordered_json;

Json periods_json(Periods const& periods) {
  return {{"rotation_ns", periods.rotation.count()},
          {"ping_ns", periods.ping.count()},
          {"ping_timeout_ns", periods.ping_timeout.count()},
          {"health_check_ns", periods.health_check.count()},
          {"memory_sample_ns", periods.memory_sample.count()},
          {"sample_ns", periods.sample.count()},
          {"exchange_cut_ns", periods.exchange_cut.count()}};
}

Periods periods_of(Json const& json) {
  auto const span = [&json](char const* name) { return Span{json.at(name).get<Span::rep>()}; };
  return {.rotation = span("rotation_ns"),
          .ping = span("ping_ns"),
          .ping_timeout = span("ping_timeout_ns"),
          .health_check = span("health_check_ns"),
          .memory_sample = span("memory_sample_ns"),
          .sample = span("sample_ns"),
          .exchange_cut = span("exchange_cut_ns")};
}

Json mark_json(ChildMark const& mark) {
  return {{"pid", mark.pid}, {"started_ticks", mark.started_ticks}};
}

ChildMark mark_of(Json const& json) {
  return {.pid = json.at("pid").get<int>(),
          .started_ticks = json.at("started_ticks").get<std::uint64_t>()};
}

Setup setup_of(Json const& json) {
  Setup setup;
  Json const& plan = json.at("plan");
  setup.plan = {.profile = plan.at("profile").get<std::string>(),
                .duration = Span{plan.at("duration_ns").get<Span::rep>()},
                .compress = plan.at("compress").get<double>(),
                .system = periods_of(plan.at("periods"))};
  json.at("version").get_to(setup.version);
  json.at("stream").get_to(setup.stream);
  json.at("exchange").get_to(setup.exchange);
  json.at("verify").get_to(setup.verify);
  json.at("admin_url").get_to(setup.admin_url);
  json.at("status_url").get_to(setup.status_url);
  json.at("began_at").get_to(setup.began_at);
  setup.stream_process = mark_of(json.at("stream_process"));
  if (Json const& mark = json.at("exchange_process"); !mark.is_null()) {
    setup.exchange_process = mark_of(mark);
  }
  return setup;
}

void take(Json const& json, Record& record) {
  auto const kind = json.at("kind").get<std::string>();
  if (kind == "setup") {
    record.setup = setup_of(json);
  } else if (kind == "event") {
    record.events.push_back({.elapsed_s = json.at("elapsed_s").get<double>(),
                             .at = json.at("at").get<double>(),
                             .what = json.at("what").get<std::string>(),
                             .detail = json.at("detail").get<std::string>()});
  }
}

}  // namespace

std::string setup_line(Setup const& setup) {
  Json const json{
      {"kind", "setup"},
      {"plan",
       {{"profile", setup.plan.profile},
        {"duration_ns", setup.plan.duration.count()},
        {"compress", setup.plan.compress},
        {"periods", periods_json(setup.plan.system)}}},
      {"version", setup.version},
      {"stream", setup.stream},
      {"exchange", setup.exchange},
      {"verify", setup.verify},
      {"admin_url", setup.admin_url},
      {"status_url", setup.status_url},
      {"stream_process", mark_json(setup.stream_process)},
      {"exchange_process", setup.exchange_process ? mark_json(*setup.exchange_process) : Json()},
      {"began_at", setup.began_at}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string event_line(Event const& event) {
  Json const json{{"kind", "event"},
                  {"elapsed_s", event.elapsed_s},
                  {"at", event.at},
                  {"what", event.what},
                  {"detail", event.detail}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Record> parse_record(std::string_view text) {
  Record record;
  std::size_t number = 0;
  while (!text.empty()) {
    auto const end = text.find('\n');
    if (end == std::string_view::npos) break;  // cut: the soak died while writing it
    std::string_view const line = text.substr(0, end);
    text.remove_prefix(end + 1);
    ++number;
    try {
      auto const json = Json::parse(line);
      if (json.contains("kind")) {
        take(json, record);
        continue;
      }
      auto sample = parse_sample(line);
      if (!sample)
        return Error{Errc::kDataCorrupt, fmt::format("line {}: {}", number, sample.error().detail)};
      record.samples.push_back(*std::move(sample));
    } catch (nlohmann::json::exception const& wrong) {
      return Error{Errc::kDataCorrupt, fmt::format("line {}: {}", number, wrong.what())};
    }
  }
  if (record.setup.stream.empty()) {
    return Error{Errc::kDataCorrupt, "the first line, which has the command lines, is missing"};
  }
  return record;
}

}  // namespace k2::soak
