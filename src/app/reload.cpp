#include "app/reload.hpp"

#include "app/stream_config.hpp"
#include "app/stream_setup.hpp"
#include "io/clock.hpp"
#include "io/log.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace k2::app {
namespace {

using io::LogLevel;

/// The settings that are read again while the stream runs.
constexpr std::array<std::string_view, 3> kLive{"binance.symbols", "binance.since",
                                                "binance.from_id"};

/// The first trade of a new symbol is looked for from so long before the newest list on: the
/// clocks need not agree, and a symbol that begins to trade was listed before.
constexpr std::chrono::minutes kListedMargin{10};

/// The exchange's list must still have this part of the symbols that are carried: one that lost
/// most of them is more likely a mistake of the exchange's than the end of a market.
constexpr std::size_t kKeptPart = 2;

void refuse(std::string const& error) {
  io::log_event(
      LogLevel::kError, "reload.refused",
      {{"error", error},
       {"action", "fix the setting and send SIGHUP again; the old configuration stays active"}});
}

}  // namespace

Reload::Reload(boost::asio::io_context& io, Flags flags, Config running, Tapes tapes, Carry carry)
    : io_(io),
      flags_(std::move(flags)),
      running_(std::move(running)),
      live_(running_),
      tapes_(std::move(tapes)),
      carry_(std::move(carry)),
      listed_at_(io::read_clock().utc) {}

void Reload::begin() {
  if (thread_.joinable()) {
    again_ = true;
    return;
  }
  io::log_event(LogLevel::kInfo, "reload.started", {});
  refreshing_ = false;
  asked_at_ = io::read_clock().utc;
  thread_ = std::jthread{[this](std::stop_token const& stop) { run(stop); }};
}

void Reload::refresh() {
  if (thread_.joinable()) return;
  refreshing_ = true;
  asked_at_ = io::read_clock().utc;
  thread_ = std::jthread{
      [this, config = live_](std::stop_token const& stop) { run_refresh(config, stop); }};
}

void Reload::run_refresh(Config const& config, std::stop_token const& stop) {
  Result<Roll> roll = Error{Errc::kConfigInvalid};
  if (auto const wanted = stream_config(config); !wanted) {
    roll = wanted.error();
  } else {
    roll = tapes_.call(*wanted, rest_options(*wanted), stop, listed_at_ - kListedMargin);
    if (roll && !roll->by_exchange) {
      roll = Error{Errc::kTimeout, "the exchange's list of symbols could not be read"};
    } else if (roll && tapes_.kept_by(*roll) * kKeptPart < tapes_.carried()) {
      roll =
          Error{Errc::kFieldInvalid,
                fmt::format("the exchange's list has only {} of the {} symbols that are recorded",
                            tapes_.kept_by(*roll), tapes_.carried())};
    }
  }
  if (stop.stop_requested()) return;
  boost::asio::post(io_,
                    [this, roll = std::move(roll)]() mutable { finish_refresh(std::move(roll)); });
}

void Reload::finish_refresh(Result<Roll> roll) {
  thread_.join();
  if (roll) {
    take(*std::move(roll));
  } else {
    io::log_event(LogLevel::kWarn, "symbols.refresh_failed",
                  {{"error", roll.error().to_string()},
                   {"action",
                    "the symbols stay unchanged until the next refresh; SIGHUP refreshes now and "
                    "accepts any answer"}});
  }
  if (std::exchange(again_, false)) begin();
}

void Reload::take(Roll roll) {
  if (roll.complete) listed_at_ = asked_at_;
  tapes_.remember(roll.symbols);
  carry_(std::move(roll));
}

void Reload::run(std::stop_token const& stop) {
  Resolved resolved = read_config(flags_);
  Result<Roll> roll = Error{Errc::kConfigInvalid};
  if (!resolved.problems.empty()) {
    roll = Error{Errc::kConfigInvalid, fmt::format("{}", fmt::join(resolved.problems, "; "))};
  } else if (auto const config = stream_config(resolved.config); !config) {
    roll = config.error();
  } else {
    roll = tapes_.call(*config, rest_options(*config), stop);
    // Nothing that is carried may be dropped on a guess.
    if (roll && !roll->by_exchange && !config->symbols.quotes.empty()) {
      roll = Error{Errc::kTimeout,
                   fmt::format("the exchange could not be queried for the symbols of {}",
                               selection_text(config->symbols))};
    }
  }
  if (stop.stop_requested()) return;
  boost::asio::post(io_, [this, resolved = std::move(resolved), roll = std::move(roll)]() mutable {
    finish(resolved, std::move(roll));
  });
}

void Reload::finish(Resolved const& resolved, Result<Roll> roll) {
  thread_.join();
  if (!roll) {
    refuse(roll.error().to_string());
  } else {
    log_unchanged_settings(resolved.config);
    for (std::string_view const key : kLive) live_.set(resolved.config.at(key));
    take(*std::move(roll));
  }
  if (std::exchange(again_, false)) begin();
}

/// Logs which other settings differ from those the stream runs with.
void Reload::log_unchanged_settings(Config const& wanted) const {
  std::vector<std::string> keys;
  for (ConfigValue const& value : wanted.values()) {
    std::string_view const key = value.setting->key;
    if (std::ranges::find(kLive, key) != kLive.end()) continue;
    if (setting_text(*value.setting, value.value) !=
        setting_text(*value.setting, running_.at(key).value)) {
      keys.emplace_back(key);
    }
  }
  if (keys.empty()) return;
  io::log_event(LogLevel::kWarn, "reload.needs_restart",
                {{"settings", fmt::format("{}", fmt::join(keys, ", "))}});
}

}  // namespace k2::app
