#include "app/checks.hpp"
#include "app/watch_config.hpp"
#include "feed/endpoint.hpp"
#include "io/disk_probe.hpp"
#include "io/rest_caller.hpp"
#include "io/watch_server.hpp"
#include "tools/check/judge.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <system_error>

namespace k2::app {
namespace {

using check::Finding;
using check::Findings;
using check::Grade;

constexpr std::string_view kListen = "metrics.listen";

/// Client options for a request to the process that listens on this address.
io::HttpsClientOptions local_rest(io::ListenAddress const& listen) {
  std::string const& ip = listen.ip;
  // A process that listens on all addresses also listens on the loopback address.
  std::string const host = ip == "0.0.0.0" ? "127.0.0.1" : ip == "::" ? "::1" : ip;
  io::HttpsClientOptions rest;
  rest.endpoints.push_back(
      {.tls = false, .host = host, .port = std::to_string(listen.port), .base_path = {}});
  rest.timeout = std::chrono::seconds{5};
  rest.body_bytes_max = std::size_t{16} << 20;  // the status of thousands of symbols
  return rest;
}

/// The version of the K2 stream that listens there; empty when it is not one.
std::optional<std::string> version_at(io::ListenAddress const& listen) {
  io::RestCaller caller{local_rest(listen)};
  auto const answer = caller.get("/api/status");
  if (!answer) return std::nullopt;
  auto const status = nlohmann::json::parse(*answer, nullptr, false);
  if (!status.is_object() || !status.contains("version") || !status["version"].is_string()) {
    return std::nullopt;
  }
  return status["version"].get<std::string>();
}

Finding check_port(Config const& settings) {
  auto const options = watch_options(settings);
  if (!options) return check::failed(std::string{kListen}, options.error());
  if (!options->listen) return {.subject = std::string{kListen}, .seen = "off"};
  auto const server = io::WatchServer::start(*options->listen);
  if (server) {
    return {.subject = std::string{kListen},
            .seen = settings.get<std::string>(kListen) + " is free"};
  }
  std::error_code const taken = std::make_error_code(std::errc::address_in_use);
  if (server.error().detail.find(taken.message()) == std::string::npos) {
    return check::failed(std::string{kListen}, server.error());
  }
  return check::judge_taken_port(settings.get<std::string>(kListen), version_at(*options->listen));
}

}  // namespace

Findings check_machine(Config const& settings, StreamConfig const& config) {
  Findings findings;
  auto const disk = io::probe_disk(config.data_dir);
  if (disk) {
    findings = check::judge_disk({.path = config.data_dir.string(),
                                  .free_bytes = disk->free_bytes,
                                  .size_bytes = disk->size_bytes,
                                  .write_rate = disk->write_rate,
                                  .sync = disk->sync,
                                  .network = disk->network});
  } else {
    findings.push_back(check::failed("disk", disk.error()));
  }
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  findings.push_back(check::judge_open_files(files.rlim_cur));
  rlimit size{};
  getrlimit(RLIMIT_FSIZE, &size);
  findings.push_back(check::judge_file_size(size.rlim_cur == RLIM_INFINITY
                                                ? std::optional<std::uint64_t>{}
                                                : std::optional<std::uint64_t>{size.rlim_cur}));
  findings.push_back(check_port(settings));
  return findings;
}

Finding check_ready(Config const& settings) {
  std::string const subject = "ready";
  auto const options = watch_options(settings);
  if (!options) return check::failed(subject, options.error());
  if (!options->listen || options->listen->port == 0) {
    return {.grade = Grade::kFail,
            .subject = subject,
            .seen = fmt::format("{} = {} names no port to query", kListen,
                                settings.get<std::string>(kListen)),
            .remedy = "give the stream and this probe the same metrics.listen"};
  }
  io::RestCaller caller{local_rest(*options->listen)};
  auto const answer = caller.get("/readyz");
  if (!answer) return check::failed(subject, answer.error());
  return {.subject = subject, .seen = *answer};
}

}  // namespace k2::app
