#include "io/kafka_sink.hpp"

#include "io/clock.hpp"
#include "io/followed_journal.hpp"
#include "io/kafka_ports.hpp"
#include "io/kafka_sweep.hpp"
#include "io/log.hpp"
#include "sink/serializer_cache.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace k2::io {
namespace {

/// Time limit for leaving the group at the end of the program.
constexpr std::chrono::seconds kLeavePatience{3};

void log_group_change(sink::GroupChange const& change) {
  auto const partitions = fmt::format("{}", fmt::join(change.partitions, ","));
  switch (change.kind) {
    case sink::GroupChange::Kind::kAssigned:
      return log_event(LogLevel::kInfo, "kafka.assigned", {{"partitions", partitions}});
    case sink::GroupChange::Kind::kRevoked:
      return log_event(LogLevel::kInfo, "kafka.revoked", {{"partitions", partitions}});
    case sink::GroupChange::Kind::kLost:
      return log_event(LogLevel::kWarn, "kafka.lost",
                       {{"partitions", partitions},
                        {"reason", "session_expired"},
                        {"action", "joining the group again; trades wait in the journal"}});
  }
}

void log_corrected(sink::PositionBook::Corrected const& corrected) {
  for (auto const& [symbol, one] : corrected) {
    std::uint64_t reopened = 0;
    for (IdRange const& ids : one.reopened) reopened += ids.count();
    log_event_limited(LogLevel::kWarn, "kafka.positions_corrected", symbol,
                      {{"symbol", symbol},
                       {"last_id", value(one.position.last)},
                       {"reopened_trades", reopened},
                       {"reason", "partly_committed"},
                       {"action", "delivering the reopened trades again, marked LATE"}});
  }
}

sink::DriverOptions driver_options(KafkaSinkOptions const& options) {
  KafkaOptions const& kafka = options.kafka;
  return {.delivery = {.journal = kafka.process,
                       .partitions = kafka.partitions,
                       .standby = kafka.warm_standby ? sink::Standby::kWarm : sink::Standby::kCold},
          .transactions = kafka.transactions,
          .commit_interval = kafka.commit_interval,
          .commit_records_max = kafka.commit_records_max,
          .retry_first = options.retry_first,
          .retry_max = options.retry_max};
}

}  // namespace

KafkaSink::KafkaSink(KafkaSinkOptions options)
    : options_(std::move(options)), thread_([this] { run(); }) {}

KafkaSink::~KafkaSink() {
  if (thread_.joinable()) (void)finish(0, std::chrono::nanoseconds::zero());
}

bool KafkaSink::finish(std::uint64_t end_sequence, std::chrono::nanoseconds patience) {
  auto const give_up_at = Clock::now() + patience;
  give_up_at_ns_.store(give_up_at.time_since_epoch().count(), std::memory_order_relaxed);
  finish_at_.store(end_sequence, std::memory_order_relaxed);
  finishing_.store(true, std::memory_order_release);
  wakeup_.signal();
  thread_.join();
  return progress_.delivered_sequence() >= end_sequence;
}

KafkaStatus KafkaSink::status() const {
  auto status = progress_.status();
  status.turned = heartbeat_.age();
  return status;
}

void KafkaSink::run() {
  sink::SerializerCache serializers{options_.kafka.serializer_cache_max};
  std::optional<KafkaPorts> ports;
  std::optional<sink::JournalFacts> facts;
  for (auto pause = options_.retry_first; !facts; pause = std::min(pause * 2, options_.retry_max)) {
    auto opened = KafkaPorts::open(options_.kafka, options_.data_dir, serializers,
                                   [this] { return out_of_time(); });
    auto read = opened ? opened->ports().journal.facts() : opened.error();
    if (read) {
      ports.emplace(*std::move(opened));
      facts = *std::move(read);
      break;
    }
    log_failure(read.error());
    if (is_finishing()) return;
    rest({sink::DriverWait::For::kRetry, pause});
  }
  sink::DeliveryDriver driver{driver_options(options_), ports->ports(), *this, *facts,
                              read_clock()};
  progress_.note_delivered(driver.delivered_sequence());
  while (!out_of_time() && !driver.finished()) {
    deliver(driver);
    progress_.note_surplus(ports->surplus_partitions());
    progress_.note_serializers(serializers);
  }
  ports->leave(kLeavePatience);
}

void KafkaSink::deliver(sink::DeliveryDriver& driver) {
  if (is_finishing()) driver.finish(finish_at_.load(std::memory_order_relaxed));
  auto const wait = driver.step(read_clock());
  if (auto recording = driver.take_recording(); recording && options_.on_recording) {
    options_.on_recording(*std::move(recording));
  }
  if (auto lost = driver.take_lost_ids(); !lost.empty() && options_.on_lost_ids) {
    log_lost_ids(lost);
    options_.on_lost_ids(std::move(lost));
  }
  progress_.note_delivered(driver.delivered_sequence());
  progress_.note_needed(driver.needed_sequence());
  progress_.note_transaction_limit(driver.transaction_limit());
  progress_.note_ownership(driver.delivery());
  log_given_up(driver.take_given_up());
  if (!driver.finished()) rest(wait);
}

void KafkaSink::rest(sink::DriverWait wait) {
  if (wait.reason == sink::DriverWait::For::kNothing || out_of_time()) return;
  ignores_journal_.store(wait.reason != sink::DriverWait::For::kJournal);
  wakeup_.wait(std::min<std::chrono::nanoseconds>(wait.time, sink::DeliveryDriver::kIdle));
  ignores_journal_.store(false);
}

void KafkaSink::on_event(sink::DeliveryEvent const& event) {
  using Kind = sink::DeliveryEvent::Kind;
  switch (event.kind) {
    case Kind::kConnected:
      return log_event(LogLevel::kInfo, "kafka.connected",
                       {{"topic", options_.kafka.topic}, {"group", options_.kafka.group()}});
    case Kind::kGroupChanged:
      return log_group_change(event.group);
    case Kind::kPartitionsLoaded:
      return log_event(LogLevel::kInfo, "kafka.owned",
                       {{"partitions", fmt::format("{}", fmt::join(event.partitions, ","))},
                        {"next_sequence", event.next_sequence},
                        {"went_back", event.went_back},
                        {"behind", event.behind}});
    case Kind::kJournalWentBack:
      return log_event(LogLevel::kWarn, "kafka.journal_went_back",
                       {{"partitions", fmt::format("{}", fmt::join(event.partitions, ","))},
                        {"reason", "journal_lost_records"},
                        {"action", "each symbol continues after its last trade in the topic"}});
    case Kind::kPositionsCorrected:
      return log_corrected(event.corrected);
    case Kind::kAbortingHangingTransactions:
      if (event.earlier_attempts > 0) log_unknown_hanging(options_.kafka);
      return log_event(
          LogLevel::kWarn, "kafka.hanging",
          {{"reason", "outcome_never_written"},
           {"action", "aborting these transactions and delivering again what they held"},
           {"journals", fmt::format("{}", fmt::join(event.journals, ","))}});
    case Kind::kProducerReplaced:
      progress_.note_producer_replaced();
      return log_event(LogLevel::kInfo, "kafka.producer_replaced",
                       {{"reason", "connection_closed"},
                        {"action", "starting a new producer epoch and reading the positions"}});
    case Kind::kFenced:
      // Every change of the group does this to a transaction in flight.
      return log_event_limited(LogLevel::kWarn, "kafka.fenced", "",
                               {{"error", event.error.to_string()},
                                {"action", "aborting the transaction and polling the group"}});
    case Kind::kAborted:
      return progress_.note_aborted();
    case Kind::kFailed:
      return log_failure(event.error);
    case Kind::kRecovered:
      return log_event(LogLevel::kInfo, "kafka.recovered",
                       {{"failures", progress_.status().failures}});
  }
}

void KafkaSink::on_committed(std::span<UtcTime const> received, UtcTime now) {
  (void)progress_.note_committed(received, now);
}

void KafkaSink::log_failure(Error const& error) {
  progress_.note_failure();
  log_event_limited(LogLevel::kError, "kafka.failing", errc_name(error.code),
                    {{"error", error.to_string()},
                     {"delivered_sequence", progress_.delivered_sequence()},
                     {"action", "trying again; trades wait in the journal"}});
}

bool KafkaSink::out_of_time() noexcept {
  heartbeat_.beat();
  return is_finishing() &&
         Clock::now().time_since_epoch().count() >= give_up_at_ns_.load(std::memory_order_relaxed);
}

}  // namespace k2::io
