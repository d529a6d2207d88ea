#include "tools/soak/run/watched_stream.hpp"

#include "io/append_file.hpp"
#include "io/clock.hpp"
#include "io/http_call.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <thread>

namespace k2::soak {
namespace {

using std::chrono::milliseconds;

/// Chosen: a stream that has nothing to repair is ready within seconds.
constexpr std::chrono::seconds kReadyPatience{120};
/// Chosen: what the exchange published last is stored within milliseconds, or after a repair.
constexpr std::chrono::seconds kWholePatience{60};
/// Longer than the stream's own patience with the journal and with Kafka.
constexpr std::chrono::seconds kStopPatience{60};
constexpr milliseconds kAskPatience{5'000};
constexpr milliseconds kPoll{50};

constexpr char const* kStreamLog = "stream.log";
constexpr char const* kExchangeLog = "sim.log";

std::string log_text(std::filesystem::path const& path) {
  auto text = io::read_file(path);
  return text ? *std::move(text) : std::string{};
}

std::string log_tail(std::filesystem::path const& path) {
  constexpr std::size_t kTail = 400;
  auto const text = io::read_file(path);
  if (!text) return text.error().detail;
  return text->size() <= kTail ? *text : text->substr(text->size() - kTail);
}

/// Queries until there is an answer, the process has ended, or the time is over.
template <class Question>
auto ask_until(io::ChildProcess& process, std::chrono::seconds patience, Question question)
    -> decltype(question()) {
  auto const limit = io::read_clock().mono + patience;
  while (io::read_clock().mono < limit) {
    if (auto answer = question()) return answer;
    if (process.wait(kPoll)) break;
  }
  return question();
}

std::uint64_t published(std::string const& admin_url) {
  auto const said = io::http_get(admin_url + "/", kAskPatience);
  auto const json = said ? nlohmann::json::parse(*said, nullptr, false) : nlohmann::json();
  return json.is_object() ? json.value("published", std::uint64_t{0}) : 0;
}

}  // namespace

WatchedStream::WatchedStream(std::filesystem::path folder, std::string status_url,
                             std::string admin_url)
    : folder_(std::move(folder)),
      status_url_(std::move(status_url)),
      admin_url_(std::move(admin_url)) {}

Result<WatchedStream> WatchedStream::start(SoakOptions const& options, Setup& setup) {
  WatchedStream watched{options.folder, {}, {}};
  Place place;
  if (options.sim) {
    auto found = watched.start_exchange(options, setup);
    if (!found) {
      watched.kill_all();
      return found.error();
    }
    place = *std::move(found);
  }
  auto ready = watched.start_stream(options, place, setup);
  if (ready) ready = watched.wait_ready();
  if (ready) return watched;
  watched.kill_all();
  return ready.error();
}

WatchedStream WatchedStream::find(SoakOptions const& options, Setup const& setup) {
  WatchedStream watched{options.folder, setup.status_url, setup.admin_url};
  watched.stream_ =
      io::ChildProcess::find(setup.stream_process.pid, setup.stream_process.started_ticks);
  if (setup.exchange_process) {
    watched.exchange_ =
        io::ChildProcess::find(setup.exchange_process->pid, setup.exchange_process->started_ticks);
  }
  return watched;
}

Result<Place> WatchedStream::start_exchange(SoakOptions const& options, Setup& setup) {
  setup.exchange = sim_command(options, io::own_program());
  auto started = io::ChildProcess::start(setup.exchange, folder_ / kExchangeLog);
  if (!started) return started.error();
  exchange_ = *std::move(started);
  setup.exchange_process = {.pid = exchange_->pid(), .started_ticks = exchange_->started_ticks()};
  auto place = ask_until(*exchange_, kReadyPatience,
                         [this] { return read_ready_line(log_text(folder_ / kExchangeLog)); });
  if (!place || !place->contains("admin")) {
    return Error{Errc::kTimeout, "`k2 sim` did not come up: " + log_tail(folder_ / kExchangeLog)};
  }
  admin_url_ = setup.admin_url = place->at("admin");
  return *std::move(place);
}

Result<void> WatchedStream::start_stream(SoakOptions const& options, Place const& place,
                                         Setup& setup) {
  setup.stream = stream_command(options, place);
  auto started = io::ChildProcess::start(setup.stream, folder_ / kStreamLog);
  if (!started) return started.error();
  stream_ = *std::move(started);
  setup.stream_process = {.pid = stream_->pid(), .started_ticks = stream_->started_ticks()};
  auto const address = ask_until(*stream_, kReadyPatience, [this] {
    return read_watch_address(log_text(folder_ / kStreamLog));
  });
  if (!address) {
    return Error{Errc::kTimeout, "`k2 stream` did not come up: " + log_tail(folder_ / kStreamLog)};
  }
  status_url_ = setup.status_url = "http://" + *address;
  return {};
}

Result<void> WatchedStream::wait_ready() {
  auto const flowing = [this] {
    auto const sample = look();
    return sample && sample->accepted > 0;
  };
  if (ask_until(*stream_, kReadyPatience, flowing)) return {};
  return Error{Errc::kTimeout, "no trade came: " + log_tail(folder_ / kStreamLog)};
}

bool WatchedStream::ended() {
  return !stream_ || stream_->wait(milliseconds{0});
}

Result<Sample> WatchedStream::look() const {
  auto const status = io::http_get(status_url_ + "/api/status", kAskPatience);
  if (!status) return status.error();
  auto const metrics = io::http_get(status_url_ + "/metrics", kAskPatience);
  if (!metrics) return metrics.error();
  return read_sample(*status, *metrics);
}

/// Nothing is traded any more, and all that was is stored and delivered.
void WatchedStream::halt_market() const {
  (void)io::http_post(admin_url_ + "/faults", "halt", kAskPatience);
  auto const limit = io::read_clock().mono + kWholePatience;
  while (io::read_clock().mono < limit) {
    auto const count = published(admin_url_);
    auto const sample = look();
    if (sample && count > 0 && sample->accepted >= count && sample->journal_waiting == 0 &&
        sample->kafka_lag_records == 0) {
      return;
    }
    std::this_thread::sleep_for(milliseconds{200});
  }
}

StreamEnd WatchedStream::finish(bool told_before) {
  if (ended()) {
    end_exchange();
    return told_before ? StreamEnd{} : crash();
  }
  if (exchange_) halt_market();
  StreamEnd end;
  if (ended()) {
    end = crash();
  } else {
    stream_->signal(SIGTERM);
    if (stream_->wait(kStopPatience)) {
      end.exit_code = stream_->exit_code();
    } else {
      end = {.crashed = true, .exit_code = {}, .detail = "it did not stop after SIGTERM"};
      stream_->signal(SIGKILL);
    }
  }
  end_exchange();
  return end;
}

StreamEnd WatchedStream::crash() const {
  return {.crashed = true,
          .exit_code = stream_ ? stream_->exit_code() : std::nullopt,
          .detail = log_tail(folder_ / kStreamLog)};
}

/// Ends the exchange cleanly, so that its ledger is complete.
void WatchedStream::end_exchange() {
  if (!exchange_) return;
  exchange_->signal(SIGTERM);
  if (!exchange_->wait(kStopPatience)) exchange_->signal(SIGKILL);
}

void WatchedStream::kill_all() {
  for (auto* process : {&stream_, &exchange_}) {
    if (!*process || (*process)->wait(milliseconds{0})) continue;
    (*process)->signal(SIGKILL);
    (void)(*process)->wait(kStopPatience);
  }
}

}  // namespace k2::soak
