#include "tools/deploy/probe.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace k2::deploy {
namespace {

using Json = nlohmann::json;

void read_parts(Json const& status, Probe& probe) {
  status.at("version").get_to(probe.version);
  for (Json const& why : status.at("unready")) {
    probe.unready += (probe.unready.empty() ? "" : "; ") + why.get<std::string>();
  }
  Json const& tape = status.at("tape");
  tape.at("accepted").get_to(probe.accepted);
  tape.at("per_second").get_to(probe.per_second);
  tape.at("backfilled").get_to(probe.backfilled);
  tape.at("holes").get_to(probe.holes);
  tape.at("gaps_declared").get_to(probe.gaps_declared);
  tape.at("dead_letters").get_to(probe.dead_letters);
  Json const& minutes = tape.at("audit_minutes");
  probe.minutes_incomplete =
      minutes.at("incomplete").get<std::uint64_t>() - minutes.value("healed", std::uint64_t{0});
  Json const& journal = status.at("journal");
  journal.at("waiting_trades").get_to(probe.journal_waiting);
  journal.at("failing").get_to(probe.journal_failing);
  if (Json const& kafka = status.at("kafka"); kafka.is_object()) {
    probe.lag_s = kafka.at("lag_s").get<double>();
    kafka.at("lag_records").get_to(probe.lag_records);
    probe.owned_partitions = static_cast<int>(kafka.at("owned_partitions").size());
  }
  status.at("process").at("started_at").get_to(probe.started_at);
  status.at("process").at("rss_bytes").get_to(probe.rss_bytes);
}

/// `what` has grown since the first probe.
void add_growth(std::uint64_t now, std::uint64_t first, char const* what, Problems& found) {
  if (now > first) found.hard.push_back(fmt::format("{} more {}", now - first, what));
}

}  // namespace

Result<Probe> read_probe(std::string_view status) {
  auto const json = Json::parse(status, nullptr, false);
  if (json.is_discarded()) return Error{Errc::kJsonSyntax, "the status is no JSON"};
  Probe probe;
  try {
    read_parts(json, probe);
  } catch (nlohmann::json::exception const& wrong) {
    return Error{Errc::kFieldMissing, std::string{"the status: "} + wrong.what()};
  }
  return probe;
}

std::string probe_text(Probe const& probe) {
  std::string text = fmt::format("{} accepted, {:.0f}/s, {:.1f} MB", probe.accepted,
                                 probe.per_second, probe.rss_mb());
  if (probe.lag_s) {
    text +=
        fmt::format(", owns {} partitions, {:.1f} s behind", probe.owned_partitions, *probe.lag_s);
  }
  if (probe.holes > 0) text += fmt::format(", {} symbols lack trades", probe.holes);
  if (!probe.unready.empty()) text += ", not ready: " + probe.unready;
  return text;
}

bool healthy(Probe const& probe, Limits const& limits) {
  return probe.unready.empty() && probe.accepted > 0 && probe.holes == 0 &&
         !probe.journal_failing && probe.lag_s.value_or(0) <= limits.lag_s;
}

bool fully_assigned(Probe const& probe, Topic const& topic) {
  return !probe.lag_s || probe.owned_partitions == topic.partitions;
}

Problems problems(Probe const& now, Probe const& first, double growth_mb, Limits const& limits) {
  Problems found;
  if (now.started_at != first.started_at) {
    found.hard.emplace_back("it has restarted by itself");
    return found;
  }
  add_growth(now.gaps_declared, first.gaps_declared, "declared gaps", found);
  add_growth(now.minutes_incomplete, first.minutes_incomplete,
             "minutes in which the exchange counted more trades", found);
  add_growth(now.dead_letters, first.dead_letters, "dead letters", found);
  if (growth_mb > limits.memory_growth_mb) {
    found.hard.push_back(fmt::format("its memory has grown by {:.1f} MB to {:.1f} MB (limit {:g})",
                                     growth_mb, now.rss_mb(), limits.memory_growth_mb));
  }
  if (!now.unready.empty()) found.soft["unready"] = "it is not ready: " + now.unready;
  if (now.journal_failing) found.soft["journal"] = "its journal fails";
  if (now.lag_s.value_or(0) > limits.lag_s) {
    found.soft["lag"] =
        fmt::format("Kafka is {:.1f} s behind (limit {:g})", *now.lag_s, limits.lag_s);
  }
  return found;
}

}  // namespace k2::deploy
