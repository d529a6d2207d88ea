#include "app/checks.hpp"
#include "app/watch_config.hpp"
#include "feed/endpoint.hpp"
#include "io/disk_probe.hpp"
#include "io/rest_caller.hpp"
#include "io/watch_server.hpp"
#include "tools/check/judge.hpp"

#include <fmt/format.h>

#include <string>
#include <sys/resource.h>

namespace k2::app {
namespace {

using check::Finding;
using check::Findings;
using check::Grade;

constexpr std::string_view kListen = "metrics.listen";

Finding check_port(Config const& settings) {
  auto const options = watch_options(settings);
  if (!options) return check::failed(std::string{kListen}, options.error());
  if (!options->listen) return {.subject = std::string{kListen}, .seen = "off"};
  auto const server = io::WatchServer::start(*options->listen);
  if (server) {
    return {.subject = std::string{kListen},
            .seen = settings.get<std::string>(kListen) + " is free"};
  }
  return {.grade = Grade::kWarn,
          .subject = std::string{kListen},
          .seen = server.error().to_string(),
          .remedy = "fine when it is the stream that runs already; else choose another port"};
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
                                  .sync = disk->sync});
  } else {
    findings.push_back(check::failed("disk", disk.error()));
  }
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  findings.push_back(check::judge_open_files(files.rlim_cur));
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
            .seen = fmt::format("{} = {} names no port to ask", kListen,
                                settings.get<std::string>(kListen)),
            .remedy = "give the stream and this probe the same metrics.listen"};
  }
  std::string const& ip = options->listen->ip;
  // Who listens everywhere listens here.
  std::string const host = ip == "0.0.0.0" ? "127.0.0.1" : ip == "::" ? "::1" : ip;
  io::HttpsClientOptions rest;
  rest.endpoints.push_back(
      {.tls = false, .host = host, .port = std::to_string(options->listen->port), .base_path = {}});
  rest.timeout = std::chrono::seconds{5};
  io::RestCaller caller{rest};
  auto const answer = caller.get("/readyz");
  if (!answer) return check::failed(subject, answer.error());
  return {.subject = subject, .seen = *answer};
}

}  // namespace k2::app
