#include "app/watch_config.hpp"

#include "app/version.hpp"
#include "feed/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>

namespace k2::app {

Result<io::StreamWatchOptions> watch_options(Config const& config) {
  io::StreamWatchOptions options;
  constexpr std::string_view kListen = "metrics.listen";
  if (auto const& text = config.get<std::string>(kListen); text != "off") {
    auto address = io::ListenAddress::parse(text);
    if (!address) {
      return Error{Errc::kConfigInvalid,
                   fmt::format("{} (from {}): {}", kListen, config.at(kListen).origin,
                               address.error().detail)};
    }
    options.listen = *std::move(address);
  }
  for (auto const host : split_list(config.get_or_empty<std::string>("metrics.hosts"))) {
    options.hosts.emplace_back(host);
  }
  auto const& per_symbol = config.get<std::string>("metrics.per_symbol");
  if (per_symbol == "on") options.per_symbol = io::PerSymbol::kOn;
  if (per_symbol == "off") options.per_symbol = io::PerSymbol::kOff;
  options.data_dir = config.get<std::filesystem::path>("data_dir");
  options.line_lifetime = std::min<std::chrono::nanoseconds>(
      config.get<std::chrono::nanoseconds>("binance.connection_max_lifetime_hours"),
      feed::kRotationAgeMax);
  options.tls_verified = config.get<bool>("binance.ssl_verify");
  options.version = version_number();
  options.commit = version_commit();
  options.memory_interval = config.get<std::chrono::nanoseconds>("memory.sample_interval_seconds");
  options.injected_mb_per_hour = config.get<double>("memory.inject_leak_mb_per_hour");
  return options;
}

}  // namespace k2::app
