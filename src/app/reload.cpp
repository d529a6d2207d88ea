#include "app/reload.hpp"

#include "app/stream_config.hpp"
#include "app/stream_setup.hpp"
#include "io/log.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>

namespace k2::app {
namespace {

using io::LogLevel;

/// What is read again while the stream runs.
bool is_live(std::string_view key) {
  return key == "binance.symbols" || key == "binance.since" || key == "binance.from_id";
}

void refuse(std::string const& why) {
  io::log_event(
      LogLevel::kError, "reload.refused",
      {{"why", why}, {"remedy", "mend it and send SIGHUP again; the stream goes on as before"}});
}

}  // namespace

Reload::Reload(boost::asio::io_context& io, Flags flags, Config running, Tapes tapes, Carry carry)
    : io_(io),
      flags_(std::move(flags)),
      running_(std::move(running)),
      tapes_(std::move(tapes)),
      carry_(std::move(carry)) {}

void Reload::begin() {
  if (thread_.joinable()) {
    again_ = true;
    return;
  }
  io::log_event(LogLevel::kInfo, "reload.begun", {});
  thread_ = std::jthread{[this](std::stop_token const& stop) { run(stop); }};
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
      roll = Error{Errc::kTimeout, fmt::format("the exchange could not be asked what {} means",
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
    tapes_.remember(roll->symbols);
    carry_(std::move(roll->symbols));
  }
  if (std::exchange(again_, false)) begin();
}

/// Says which other settings differ from those the stream runs with.
void Reload::log_unchanged_settings(Config const& wanted) const {
  std::vector<std::string> keys;
  for (ConfigValue const& value : wanted.values()) {
    std::string_view const key = value.setting->key;
    if (is_live(key)) continue;
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
