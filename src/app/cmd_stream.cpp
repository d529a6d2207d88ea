// The composition of a stream: the journal, the Kafka sink that reads from it, the shard that feeds
// it, and the signals that end it. A newcomer's first page.
#include "app/cmd_stream.hpp"

#include "app/flags.hpp"
#include "app/kafka_start.hpp"
#include "app/owned_tapes.hpp"
#include "app/progress.hpp"
#include "app/reload.hpp"
#include "app/start_signals.hpp"
#include "app/stream_config.hpp"
#include "app/stream_setup.hpp"
#include "app/tape_command.hpp"
#include "app/watch_config.hpp"
#include "io/admin_socket.hpp"
#include "io/clock.hpp"
#include "io/journal_thread.hpp"
#include "io/kafka_sink.hpp"
#include "io/log.hpp"
#include "io/paced_loop.hpp"
#include "io/shard_runner.hpp"
#include "io/stream_watch.hpp"
#include "io/supervisor.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <csignal>
#include <memory>
#include <thread>

namespace k2::app {
namespace {

namespace asio = boost::asio;
using io::LogLevel;

/// The time that the journal has to accept the last trades at shutdown. It then still has its own
/// time limit to write them.
constexpr std::chrono::seconds kDrainPatience{5};

/// The time that the journal's contents have to reach Kafka at shutdown. The rest follows after the
/// next start.
constexpr std::chrono::seconds kFollowPatience{10};

/// The time that a stream without its journal's file continues before it stops: two scrapes see
/// that it is lost, and Kafka gets what the open file still holds.
constexpr std::chrono::seconds kLostPatience{30};

/// A peer that does not take the close frame is left after this; its socket gives up before.
constexpr std::chrono::seconds kGoodbyePatience{3};

/// The parts of a stream.
struct StreamParts {
  StreamConfig config;
  Config settings;
  Flags flags;
  Tapes tapes;
  io::ShardRunnerOptions shard;
  std::unique_ptr<io::Journal> journal;
  /// The first sequence number that Kafka still lacks, for the journal to keep.
  std::shared_ptr<std::atomic<std::uint64_t>> needed_from;
  /// Set when trades are delivered into Kafka.
  std::optional<io::KafkaSinkOptions> kafka;
  /// The selected symbols with Kafka: the shard then starts with none, and carries those of them
  /// that are assigned to this process.
  std::vector<shard::ShardSymbol> selected;
  std::unique_ptr<io::StreamWatch> watch;
};

/// Everything that lives while the stream runs; the order is that of construction.
class Stream {
 public:
  /// `io` and `signals` (SIGINT, SIGTERM, SIGHUP) outlive it.
  Stream(asio::io_context& io, asio::signal_set& signals, StreamParts parts)
      : io_(io),
        signals_(signals),
        kafka_(parts.kafka ? follow(*std::move(parts.kafka)) : nullptr),
        journal_(std::move(parts.journal),
                 {.commit_interval = std::chrono::milliseconds{1},
                  .on_progress =
                      [this, needed_from = parts.needed_from] {
                        if (!kafka_) return;
                        kafka_->wake();
                        needed_from->store(kafka_->status().needed_sequence);
                      }}),
        watch_(std::move(parts.watch)),
        shard_(io_, std::move(parts.shard), journal_),
        reload_(io_, std::move(parts.flags), std::move(parts.settings), std::move(parts.tapes),
                [this](Roll roll) {
                  if (roll.weight_per_minute) shard_.set_weight_limit(*roll.weight_per_minute);
                  carry(std::move(roll.symbols));
                }),
        refresh_interval_(parts.config.symbols_refresh),
        refresh_(io_),
        end_(io_),
        second_(io_) {
    wait_for_signal();
    if (kafka_) carry(std::move(parts.selected));
    StreamConfig const& config = parts.config;
    open_admin(config.data_dir);
    if (config.duration) {
      end_.expires_after(*config.duration);
      end_.async_wait([this](boost::system::error_code const& error) {
        if (!error) end("duration_over");
      });
    }
  }

  /// Runs until a signal or the duration ends it, then drains. The exit code.
  int run() {
    shard_.start();
    tick();
    refresh_later();
    io::run_paced(io_);
    return drain();
  }

 private:
  /// Starts the Kafka sink. Called by the constructor before there is a shard: the sink's callbacks
  /// come through `io_`.
  std::unique_ptr<io::KafkaSink> follow(io::KafkaSinkOptions options) {
    owned_.emplace(options.kafka.partitions, options.kafka.warm_standby);
    options.on_recording = [this](sink::Recording recording) {
      asio::post(io_, [this, recording = std::move(recording)]() mutable {
        owned_->record(std::move(recording));
        shard_.carry(owned_->carried());
      });
    };
    options.on_lost_ids = [this](std::vector<sink::SymbolIds> lost) {
      asio::post(io_, [this, lost = std::move(lost)] { shard_.reopen(lost); });
    };
    return std::make_unique<io::KafkaSink>(std::move(options));
  }

  /// These symbols are selected.
  void carry(std::vector<shard::ShardSymbol> symbols) {
    if (owned_) {
      owned_->select(std::move(symbols));
      symbols = owned_->carried();
    }
    shard_.carry(std::move(symbols));
  }

  void wait_for_signal() {
    signals_.async_wait([this](boost::system::error_code const& error, int signal) {
      if (error) return;
      if (signal != SIGHUP) return end(signal == SIGINT ? "SIGINT" : "SIGTERM");
      reload();
      wait_for_signal();
    });
  }

  /// Opens the admin socket; the stream also runs without it.
  void open_admin(std::filesystem::path const& data_dir) {
    auto opened = io::AdminSocket::open(io_, data_dir,
                                        [this](std::string_view command) { return obey(command); });
    if (opened) {
      admin_ = *std::move(opened);
    } else {
      io::log_event(LogLevel::kWarn, "admin.refused", {{"error", opened.error().to_string()}});
    }
  }

  Result<std::string> obey(std::string_view command) {
    if (command == "status") return watch_->status_json();
    io::log_event(LogLevel::kInfo, "admin.command", {{"command", command}});
    if (command == "rotate") {
      shard_.rotate();
      return std::string{"rotating every connection"};
    }
    if (command == "reload") {
      reload();
      return std::string{"reading the symbols again"};
    }
    if (command == "drain") {
      end("drain_command");
      return std::string{"draining"};
    }
    if (command.starts_with(kRestartTape)) return restart_tape(command);
    return Error{Errc::kConfigInvalid, "there are status, rotate, reload, restart-tape and drain"};
  }

  Result<std::string> restart_tape(std::string_view command) {
    auto const wanted = parse_restart_tape(command);
    if (!wanted) return wanted.error();
    if (kafka_) return restarted_tapes_need_no_kafka();
    auto const restart = shard_.restart_tape(wanted->symbol, wanted->first);
    if (!restart) return restart.error();
    return restarted_text(*restart);
  }

  void reload() {
    reload_.begin();
    supervisor_.tell(watch_->published(), reload_.under_way());
  }

  void refresh_later() {
    refresh_.expires_after(refresh_interval_);
    refresh_.async_wait([this](boost::system::error_code const& error) {
      if (error) return;
      // No request is sent while the exchange demands a pause.
      if (!shard_.shard().continuity().budget().blocked(io::read_clock().mono)) reload_.refresh();
      refresh_later();
    });
  }

  void tick() {
    show_progress(progress());
    report_journal();
    watch_->publish(shard_, journal_, kafka_.get());
    supervisor_.tell(watch_->published(), reload_.under_way());
    second_.expires_after(std::chrono::seconds{1});
    second_.async_wait([this](boost::system::error_code const& error) {
      if (!error) tick();
    });
  }

  /// Logs once when the journal starts to fail, and once when it works again.
  void report_journal() {
    io::JournalStatus const status = journal_.status();
    if (status.lost) return report_lost_journal();
    if (status.failing == journal_failing_) return;
    journal_failing_ = status.failing;
    if (status.failing) {
      io::log_event(
          LogLevel::kError, "journal.failing",
          {{"error", journal_.last_error().to_string()},
           {"waiting_batches", status.waiting_batches},
           {"action",
            "free disk space, fix the disk or Kafka; trades are fetched again afterwards"}});
    } else {
      io::log_event(LogLevel::kInfo, "journal.recovered", {{"failures", status.failures}});
    }
  }

  /// Ends the process: what it records now would be lost with it.
  void report_lost_journal() {
    Now const now = io::read_clock();
    if (!lost_at_) {
      lost_at_ = now.mono;
      io::log_event(LogLevel::kError, "journal.lost",
                    {{"error", journal_.last_error().to_string()},
                     {"action",
                      "recording has ended and the program stops in 30 s; put the file "
                      "back or start with a new journal: docs/runbook.md, JournalLost"}});
    }
    if (now.mono - *lost_at_ >= kLostPatience) end("journal_lost");
  }

  void end(char const* reason) {
    io::log_event(LogLevel::kInfo, "stream.stopping", {{"reason", reason}});
    supervisor_.stop();
    io_.stop();
  }

  int drain() {
    auto const give_up = std::chrono::steady_clock::now() + kDrainPatience;
    bool handed_over = shard_.stop();
    while (!handed_over && std::chrono::steady_clock::now() < give_up) {
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
      handed_over = shard_.stop();
    }
    say_goodbye();
    // The Kafka sink reads what the journal made durable, so it ends after it; and before the
    // journal's last checkpoint, which needs the file for itself.
    if (handed_over) wait_durable(give_up);
    bool const followed = !kafka_ || finish_kafka();
    auto const stopped = journal_.stop();
    io::show_status({});  // the terminal's last line is ours no more
    auto const status = shard_.status();
    auto const& counts = status.counts;
    io::log_event(LogLevel::kInfo, "stream.stopped",
                  {{"accepted", counts.accepted},
                   {"late", counts.late},
                   {"backfilled", counts.backfilled},
                   {"duplicates", counts.duplicates},
                   {"gaps_declared", counts.gaps_declared},
                   {"lines_lost", status.lines.losses},
                   {"lines_rotated", status.lines.rotations},
                   {"minutes_complete", status.audit.complete},
                   {"minutes_incomplete", status.audit.incomplete}});
    if (!followed) {
      io::log_event(
          LogLevel::kWarn, "kafka.behind",
          {{"records", journal_.status().durable_sequence - kafka_->status().delivered_sequence},
           {"action", "they are delivered after the next start"}});
    }
    if (handed_over && stopped) return kExitDone;
    io::log_event(LogLevel::kError, "stream.not_drained",
                  {{"error", stopped ? "the journal took no more" : stopped.error().to_string()},
                   {"action", "start again: what is missing is fetched from the exchange"}});
    return kExitFailed;
  }

  /// Waits until the journal has made durable what it was handed.
  void wait_durable(std::chrono::steady_clock::time_point give_up) const {
    while (journal_.status().durable_sequence < shard_.status().next_sequence &&
           std::chrono::steady_clock::now() < give_up) {
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
  }

  [[nodiscard]] bool finish_kafka() {
    return kafka_->finish(journal_.status().durable_sequence, kFollowPatience);
  }

  /// Lets closed connections take their leave; nothing else is under way any more.
  void say_goodbye() {
    signals_.cancel();
    end_.cancel();
    refresh_.cancel();
    second_.cancel();
    watch_->stop();
    admin_.reset();
    io_.restart();
    io_.run_for(kGoodbyePatience);
  }

  [[nodiscard]] ProgressSnapshot progress() {
    shard::ShardStatus const status = shard_.status();
    Now const now = io::read_clock();
    return {.running = std::chrono::floor<std::chrono::seconds>(now.mono - started_),
            .rate = rate_.sample(status.counts.accepted, now.mono),
            .accepted = status.counts.accepted,
            .lines_live = static_cast<std::uint32_t>(status.lines_live),
            .gaps_open = status.holes,
            .backfilled = status.counts.backfilled,
            .journal_waiting = status.next_sequence - journal_.status().durable_sequence,
            .lag = std::chrono::floor<std::chrono::milliseconds>(status.last_trade_lag)};
  }

  asio::io_context& io_;
  asio::signal_set& signals_;
  /// Set when several processes may share the symbols.
  std::optional<OwnedTapes> owned_;
  std::unique_ptr<io::KafkaSink> kafka_;
  io::JournalThread journal_;
  std::unique_ptr<io::StreamWatch> watch_;
  io::ShardRunner shard_;
  Reload reload_;
  io::Supervisor supervisor_;
  std::unique_ptr<io::AdminSocket> admin_;
  std::chrono::milliseconds refresh_interval_;
  asio::steady_timer refresh_;
  asio::steady_timer end_;
  asio::steady_timer second_;
  MonoTime started_ = io::read_clock().mono;
  RateMeter rate_;
  bool journal_failing_ = false;
  std::optional<MonoTime> lost_at_;
};

/// The journal's options. With Kafka, blocks that Kafka has may be deleted.
io::JournalOptions journal_options(StreamConfig const& config,
                                   std::shared_ptr<std::atomic<std::uint64_t>> const& needed_from) {
  io::JournalOptions options{.data_dir = config.data_dir, .sync = config.journal_sync};
  options.retention.bytes_max = config.journal_bytes_max;
  options.dead_letters_bytes_max = config.dead_letters_bytes_max;
  if (config.kafka) options.retention.needed_from = [needed_from] { return needed_from->load(); };
  return options;
}

/// Logs why the stream does not start and returns the exit code.
int refuse(char const* event, Error const& error) {
  io::log_event(LogLevel::kError, event, {{"error", error.to_string()}});
  return error.code == Errc::kConfigInvalid ? kExitUsage : kExitFailed;
}

int stream(Flags const& flags, Resolved resolved) {
  auto const config = stream_config(resolved.config);
  if (!config) return refuse("stream.refused", config.error());
  // A signal requests a clean shutdown from here on, also while the exchange has not answered yet.
  asio::io_context io{1};
  asio::signal_set signals{io, SIGINT, SIGTERM, SIGHUP};
  auto const needed_from = std::make_shared<std::atomic<std::uint64_t>>(0);
  auto journal = io::Journal::open(journal_options(*config, needed_from));
  if (!journal) return refuse("journal.refused", journal.error());
  auto const watched = watch_options(resolved.config);
  if (!watched) return refuse("stream.refused", watched.error());
  auto watch = io::StreamWatch::start(io, *watched);
  if (!watch) return refuse("watch.refused", watch.error());
  auto const restarts = (*journal)->generations();
  if (!restarts) return refuse("journal.refused", restarts.error());
  sink::PositionBook in_kafka;
  if (config->kafka) {
    if (!restarts->empty()) return refuse("kafka.refused", restarted_tapes_need_no_kafka());
    auto asked = positions_in_kafka(*config->kafka);
    if (!asked) return refuse("kafka.refused", asked.error());
    in_kafka = *std::move(asked);
  }
  auto tapes = Tapes::read(**journal, std::move(in_kafka));
  if (!tapes) return refuse("journal.refused", tapes.error());
  Result<io::ShardRunnerOptions> shard = Error{Errc::kTimeout};
  bool const ended = run_until_signal(io, signals, [&](std::stop_token const& stop) {
    shard = shard_options(*config, *tapes, (*journal)->next_sequence(), stop);
  });
  if (ended) {
    io::log_event(LogLevel::kInfo, "stream.stopping", {{"reason", "signal_during_start"}});
    return kExitDone;
  }
  if (!shard) return refuse("stream.refused", shard.error());
  std::optional<io::KafkaSinkOptions> kafka;
  std::vector<shard::ShardSymbol> selected;
  if (config->kafka) {
    auto const id = (*journal)->id();
    if (!id) return refuse("journal.refused", id.error());
    kafka = {.kafka = *config->kafka, .data_dir = config->data_dir};
    kafka->kafka.process = *id;
    selected = std::exchange(shard->shard.symbols, {});
  }
  return Stream{io,
                signals,
                {.config = *config,
                 .settings = std::move(resolved.config),
                 .flags = flags,
                 .tapes = *std::move(tapes),
                 .shard = *std::move(shard),
                 .journal = *std::move(journal),
                 .needed_from = needed_from,
                 .kafka = std::move(kafka),
                 .selected = std::move(selected),
                 .watch = *std::move(watch)}}
      .run();
}

}  // namespace

void add_stream(CLI::App& app, int& exit_code) {
  auto* const command = app.add_subcommand(
      "stream", "Record every trade of the symbols, exactly once and in order, until Ctrl-C");
  auto const flags = add_setting_flags(*command);
  command->callback([flags, &exit_code] {
    auto resolved = load_config(*flags);
    if (!resolved) {
      exit_code = kExitUsage;
      return;
    }
    start_log_of(*resolved);
    exit_code = stream(*flags, *std::move(resolved));
  });
}

}  // namespace k2::app
