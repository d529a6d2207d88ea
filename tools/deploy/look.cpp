#include "tools/deploy/look.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace k2::deploy {
namespace {

using Json = nlohmann::json;

void read_parts(Json const& status, Look& look) {
  status.at("version").get_to(look.version);
  for (Json const& why : status.at("unready")) {
    look.unready += (look.unready.empty() ? "" : "; ") + why.get<std::string>();
  }
  Json const& tape = status.at("tape");
  tape.at("accepted").get_to(look.accepted);
  tape.at("per_second").get_to(look.per_second);
  tape.at("backfilled").get_to(look.backfilled);
  tape.at("holes").get_to(look.holes);
  tape.at("gaps_declared").get_to(look.gaps_declared);
  tape.at("dead_letters").get_to(look.dead_letters);
  Json const& minutes = tape.at("audit_minutes");
  look.minutes_incomplete =
      minutes.at("incomplete").get<std::uint64_t>() - minutes.value("healed", std::uint64_t{0});
  Json const& journal = status.at("journal");
  journal.at("waiting_trades").get_to(look.journal_waiting);
  journal.at("failing").get_to(look.journal_failing);
  if (Json const& kafka = status.at("kafka"); kafka.is_object()) {
    look.lag_s = kafka.at("lag_s").get<double>();
    kafka.at("lag_records").get_to(look.lag_records);
    look.owned_partitions = static_cast<int>(kafka.at("owned_partitions").size());
  }
  status.at("process").at("started_at").get_to(look.started_at);
  status.at("process").at("rss_bytes").get_to(look.rss_bytes);
}

/// `what` has grown since the first look.
void add_growth(std::uint64_t now, std::uint64_t first, char const* what, Complaints& found) {
  if (now > first) found.hard.push_back(fmt::format("{} more {}", now - first, what));
}

}  // namespace

Result<Look> read_look(std::string_view status) {
  auto const json = Json::parse(status, nullptr, false);
  if (json.is_discarded()) return Error{Errc::kJsonSyntax, "the status is no JSON"};
  Look look;
  try {
    read_parts(json, look);
  } catch (nlohmann::json::exception const& wrong) {
    return Error{Errc::kFieldMissing, std::string{"the status: "} + wrong.what()};
  }
  return look;
}

std::string look_text(Look const& look) {
  std::string text = fmt::format("{} accepted, {:.0f}/s, {:.1f} MB", look.accepted, look.per_second,
                                 look.rss_mb());
  if (look.lag_s) {
    text +=
        fmt::format(", owns {} partitions, {:.1f} s behind", look.owned_partitions, *look.lag_s);
  }
  if (look.holes > 0) text += fmt::format(", {} symbols lack trades", look.holes);
  if (!look.unready.empty()) text += ", not ready: " + look.unready;
  return text;
}

bool stands(Look const& look, Limits const& limits) {
  return look.unready.empty() && look.accepted > 0 && look.holes == 0 && !look.journal_failing &&
         look.lag_s.value_or(0) <= limits.lag_s;
}

bool has_all(Look const& look, Topic const& topic) {
  return !look.lag_s || look.owned_partitions == topic.partitions;
}

Complaints complaints(Look const& now, Look const& first, double growth_mb, Limits const& limits) {
  Complaints found;
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
