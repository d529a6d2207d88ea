#include "tests/simulation/venue_defects.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace k2::simulation {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kOlderTrades = "/api/v3/historicalTrades";
constexpr std::string_view kFromId = "fromId=";

/// The value of a parameter in a target; empty without it.
std::string_view parameter(std::string_view target, std::string_view name) {
  auto const found = target.find(name);
  if (found == std::string_view::npos) return {};
  std::string_view const rest = target.substr(found + name.size());
  return rest.substr(0, rest.find('&'));
}

/// A ninth decimal place, which no price of the exchange has.
std::string too_precise(std::string price) {
  if (price.find('.') == std::string::npos) price += ".00000000";
  return price + "1";
}

}  // namespace

void VenueDefects::restart_ids(Symbol const& symbol, TradeId from, std::uint64_t by) {
  restarts_[symbol.text()] = {value(from), by};
}

void VenueDefects::spoil(Symbol const& symbol, TradeId id) {
  spoiled_.emplace(symbol.text(), value(id));
}

void VenueDefects::append_odd_row(Symbol const& symbol, std::uint64_t id, int replies) {
  odd_rows_[symbol.text()] = {id, replies};
}

void VenueDefects::refuse(Symbol const& symbol, bool refused) {
  if (refused) {
    refused_.insert(symbol.text());
  } else {
    refused_.erase(symbol.text());
  }
}

std::string VenueDefects::frame(std::string_view text) const {
  if (!changes_frames()) return std::string{text};
  auto json = Json::parse(text, nullptr, false);
  Json* const event = json.is_object() && json.contains("data") ? &json["data"] : &json;
  if (!event->is_object() || !event->contains("s")) return std::string{text};
  auto const symbol = (*event)["s"].get<std::string>();
  auto const restart = restarts_.find(symbol);
  if ((*event)["e"] == "trade") {
    auto const id = (*event)["t"].get<std::uint64_t>();
    if (spoiled_.contains({symbol, id})) (*event)["p"] = too_precise((*event)["p"]);
    if (restart != restarts_.end() && id >= restart->second.from) {
      (*event)["t"] = id - restart->second.by;
    }
  } else if ((*event)["e"] == "kline" && restart != restarts_.end()) {
    Json& candle = (*event)["k"];
    auto const [from, by] = restart->second;
    auto const last = candle["L"].get<std::int64_t>();
    if (last >= static_cast<std::int64_t>(from)) {
      auto const first = std::max(candle["f"].get<std::uint64_t>(), from);
      candle["f"] = first - by;
      candle["L"] = static_cast<std::uint64_t>(last) - by;
      candle["n"] = static_cast<std::uint64_t>(last) - first + 1;
    }
  }
  return json.dump();
}

std::string VenueDefects::target(std::string const& asked) const {
  auto const restart = restarts_.find(parameter(asked, "symbol="));
  auto const number = asked.find(kFromId);
  if (restart == restarts_.end() || number == std::string::npos) return asked;
  auto const [from, by] = restart->second;
  std::string_view const id = parameter(asked, kFromId);
  std::uint64_t const real = std::max<std::uint64_t>(std::stoull(std::string{id}) + by, from);
  std::string made = asked;
  made.replace(number + kFromId.size(), id.size(), std::to_string(real));
  return made;
}

void VenueDefects::change(std::string const& target, sim::RestReply& reply) {
  constexpr unsigned kOk = 200;
  constexpr unsigned kBadRequest = 400;
  std::string const symbol{parameter(target, "symbol=")};
  if (refused_.contains(symbol)) {
    ++refusals_;
    reply.status = kBadRequest;
    reply.body = R"({"code":-1121,"msg":"Invalid symbol."})";
    return;
  }
  if (reply.status == kOk) change_rows(symbol, target.starts_with(kOlderTrades), reply.body);
}

void VenueDefects::change_rows(std::string const& symbol, bool older, std::string& body) {
  auto const restart = restarts_.find(symbol);
  auto const odd = odd_rows_.find(symbol);
  bool const shortens = older && page_rows_;
  if (!changes_frames() && odd == odd_rows_.end() && !shortens) return;
  auto rows = Json::parse(body, nullptr, false);
  if (!rows.is_array()) return;
  if (shortens && rows.size() > *page_rows_) {
    rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(*page_rows_), rows.end());
  }
  auto kept = Json::array();
  for (Json& row : rows) {
    auto const id = row["id"].get<std::uint64_t>();
    if (spoiled_.contains({symbol, id})) row["price"] = too_precise(row["price"]);
    if (restart != restarts_.end()) {
      if (id < restart->second.from) continue;
      row["id"] = id - restart->second.by;
    }
    kept.push_back(std::move(row));
  }
  if (odd != odd_rows_.end() && odd->second.replies > 0 && !kept.empty()) {
    --odd->second.replies;
    Json copy = kept.back();
    copy["id"] = odd->second.id;
    kept.push_back(std::move(copy));
  }
  body = kept.dump();
}

}  // namespace k2::simulation
