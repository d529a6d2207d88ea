#include "io/log.hpp"

#include "io/log_sink.hpp"
#include "io/recent_events.hpp"
#include "io/repeat_limit.hpp"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <unistd.h>
#include <vector>

namespace k2::io {
namespace {

// Units: lines that wait for the writer. Chosen: 0.4 MB, a burst of a thousand state changes.
constexpr std::size_t kQueueLines = 1024;
constexpr std::uint32_t kRepeatsMax = 5;
constexpr std::chrono::seconds kRepeatInterval{10};

UtcTime utc_now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

MonoTime mono_now() {
  return MonoTime{std::chrono::steady_clock::now().time_since_epoch()};
}

// spdlog's queue and thread, our line and our descriptor.
class SpdlogSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit SpdlogSink(LogSetup const& setup)
      : sink_(setup.fd, ::isatty(setup.fd) == 1), format_(setup.format) {}

  bool set_status(std::string_view text) { return sink_.set_status(text); }
  void count_overruns_of(spdlog::details::thread_pool& pool) { pool_ = &pool; }

 protected:
  void sink_it_(spdlog::details::log_msg const& message) override {
    sink_.write_line({message.payload.data(), message.payload.size()});
    auto const lost = sink_.lost() + (pool_ == nullptr ? 0 : pool_->overrun_counter());
    if (lost == reported_) return;
    LogField const field{"lines", lost - reported_};
    auto const line = format_log_line(format_, utc_now(), LogLevel::kWarn, "log.lost", {&field, 1});
    if (sink_.write_line(line)) reported_ = lost;
  }
  void flush_() override { sink_.draw_status(); }

 private:
  LogSink sink_;
  LogFormat format_;
  spdlog::details::thread_pool* pool_ = nullptr;
  std::uint64_t reported_ = 0;
};

// One per start_log.
struct Writer {
  explicit Writer(LogSetup const& setup)
      : format(setup.format),
        sink(std::make_shared<SpdlogSink>(setup)),
        pool(std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1)),
        logger(std::make_shared<spdlog::async_logger>(
            "k2", sink, pool, spdlog::async_overflow_policy::overrun_oldest)) {
    sink->count_overruns_of(*pool);
  }
  Writer(Writer const&) = delete;
  Writer& operator=(Writer const&) = delete;
  // Writes what is queued and ends the pool's thread. The logger goes after it: a message in the
  // queue holds the logger, too, and spdlog is not instrumented for ThreadSanitizer.
  ~Writer() { pool.reset(); }

  LogFormat format;
  std::shared_ptr<SpdlogSink> sink;
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
};

// The log belongs to the process, as its stderr does.
struct State {
  std::atomic<LogLevel> level{LogLevel::kInfo};
  std::mutex mutex;
  std::shared_ptr<Writer> writer;                     // guarded by mutex
  RepeatLimit repeats{kRepeatsMax, kRepeatInterval};  // guarded by mutex
};

State& state() {
  static State the_state;
  return the_state;
}

std::shared_ptr<Writer> current_writer() {
  std::lock_guard const lock{state().mutex};
  return state().writer;
}

void write_event(LogLevel level, std::string_view event, std::span<LogField const> fields) {
  auto const writer = current_writer();
  auto const format = writer ? writer->format : LogFormat::kLogfmt;
  UtcTime const now = utc_now();
  auto const line = format_log_line(format, now, level, event, fields);
  if (level >= LogLevel::kInfo) {
    recent_events().add(format_log_line(LogFormat::kJson, now, level, event, fields));
  }
  if (writer) {
    writer->logger->log(spdlog::level::info, spdlog::string_view_t{line.data(), line.size()});
  } else {
    LogSink{STDERR_FILENO, false}.write_line(line);
  }
}

bool is_quiet(LogLevel level) {
  return level < state().level.load(std::memory_order_relaxed);
}

}  // namespace

void start_log(LogSetup const& setup) {
  auto writer = std::make_shared<Writer>(setup);
  state().level = setup.level;
  std::lock_guard const lock{state().mutex};
  state().writer = std::move(writer);
}

void stop_log() {
  show_status({});
  std::shared_ptr<Writer> last;
  std::lock_guard const lock{state().mutex};
  last.swap(state().writer);
}

void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!is_quiet(level)) write_event(level, event, {fields.begin(), fields.size()});
}

void log_event_limited(LogLevel level, std::string_view event, std::string_view key,
                       std::initializer_list<LogField> fields) {
  if (is_quiet(level)) return;
  RepeatLimit::Verdict verdict;
  {
    std::string name{event};
    name.append(1, '\0').append(key);
    std::lock_guard const lock{state().mutex};
    verdict = state().repeats.admit(name, mono_now());
  }
  if (!verdict.passes) return;
  std::vector<LogField> all{fields};
  if (verdict.suppressed > 0) all.emplace_back("suppressed", verdict.suppressed);
  write_event(level, event, all);
}

void show_status(std::string_view text) {
  auto const writer = current_writer();
  if (writer && writer->sink->set_status(text)) writer->logger->flush();
}

}  // namespace k2::io
