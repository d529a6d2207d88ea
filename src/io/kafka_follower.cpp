#include "io/kafka_follower.hpp"

#include "core/assert.hpp"
#include "io/kafka_positions.hpp"
#include "io/kafka_topics.hpp"
#include "io/log.hpp"
#include "io/schema_registry.hpp"
#include "sink/partition.hpp"
#include "sink/trade_schema.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace k2::io {
namespace {

/// How long a fenced process waits for whoever fenced it to say so in the topic.
constexpr std::chrono::seconds kFencedPause{3};

/// Where the records live that belong to no symbol.
constexpr std::int32_t kHousePartition = 0;

/// True when the record before the cursor is the one that the topic saw there.
bool journal_agrees(JournalReader& reader, sink::Cursor const& cursor) {
  if (cursor.last.empty()) return true;  // nothing had been delivered yet
  std::uint64_t const wanted = cursor.next_sequence - 1;
  sink::Block block;
  if (!reader.seek(wanted) || reader.next(block) != ReadStatus::kBlock) return false;
  sink::AvroReader datums{block.bytes};
  sink::TradeRecord record;
  for (std::uint64_t at = block.first_sequence; at <= wanted; ++at) {
    if (at >= block.end_sequence() || !sink::read_trade(datums, record)) return false;
  }
  return record.message_id == cursor.last;
}

}  // namespace

KafkaFollower::KafkaFollower(KafkaFollowerOptions options)
    : options_(std::move(options)),
      serializers_(options_.kafka.serializer_cache_max),
      retry_(options_.retry_first),
      thread_([this] { run(); }) {}

KafkaFollower::~KafkaFollower() {
  if (thread_.joinable()) (void)finish(0, std::chrono::nanoseconds::zero());
}

bool KafkaFollower::finish(std::uint64_t end_sequence, std::chrono::nanoseconds patience) {
  auto const give_up_at = Clock::now() + patience;
  give_up_at_ns_.store(give_up_at.time_since_epoch().count(), std::memory_order_relaxed);
  finish_at_.store(end_sequence, std::memory_order_relaxed);
  finishing_.store(true, std::memory_order_release);
  wakeup_.signal();
  thread_.join();
  return delivered_sequence_.load(std::memory_order_acquire) >= end_sequence;
}

KafkaStatus KafkaFollower::status() const noexcept {
  return {.delivered_sequence = delivered_sequence_.load(std::memory_order_acquire),
          .produced = produced_.load(std::memory_order_relaxed),
          .commits = commits_.load(std::memory_order_relaxed),
          .failures = failures_.load(std::memory_order_relaxed),
          .serializers = cached_.load(std::memory_order_relaxed),
          .evictions = evictions_.load(std::memory_order_relaxed),
          .failing = failing_.load(std::memory_order_relaxed),
          .fenced = fenced_.load(std::memory_order_relaxed)};
}

void KafkaFollower::run() {
  while (!out_of_time()) {
    auto session = connect();
    auto const done = session ? follow(*session) : Result<void>{session.error()};
    if (done) return;
    if (out_of_time()) return;
    note_failure(done.error());
    if (done.error().code == Errc::kKafkaFenced) {
      // Kafka fences a producer that was stopped for long as well; then the topic is still ours.
      sleep(kFencedPause);
      if (!still_owner()) return;
    }
    sleep(retry_);
    retry_ = std::min(retry_ * 2, options_.retry_max);
  }
}

Result<KafkaFollower::Session> KafkaFollower::connect() {
  auto producer = KafkaProducer::open(options_.kafka, [this] { return out_of_time(); });
  if (!producer) return producer.error();
  if (auto const ready = ensure_topics(producer->raw(), options_.kafka); !ready) {
    return ready.error();
  }
  if (auto const learned = learn_schema(); !learned) return learned.error();
  if (auto const taken = producer->take_over(); !taken) return taken.error();
  return begin_session(*std::move(producer));
}

Result<void> KafkaFollower::learn_schema() {
  std::string const subject = options_.kafka.subject();
  if (serializers_.find(subject) != nullptr) return {};
  KnownSchemas const known{options_.data_dir};
  auto const id = register_schema(options_.kafka.registry, subject, sink::trade_schema());
  if (id) {
    serializers_.insert(subject, *id);
    auto const kept = known.remember(subject, sink::trade_schema(), *id);
    if (!kept) {
      log_event(LogLevel::kWarn, "registry.not_remembered", {{"why", kept.error().to_string()}});
    }
    return {};
  }
  auto const earlier = known.find(subject, sink::trade_schema());
  if (earlier < 0 || id.error().code == Errc::kRegistryRefused) return id.error();
  log_event(LogLevel::kWarn, "registry.down",
            {{"why", id.error().to_string()}, {"instead", "the id it gave earlier"}});
  serializers_.insert(subject, earlier);
  return {};
}

Result<KafkaFollower::Session> KafkaFollower::begin_session(KafkaProducer producer) {
  auto const book = read_topic_positions(options_.kafka, [this] { return out_of_time(); });
  if (!book) return book.error();
  auto reader = JournalReader::open(options_.data_dir);
  if (!reader) return reader.error();
  auto const extent = reader->extent();
  if (!extent) return extent.error();
  auto const cursor = book->cursor(options_.journal_id);
  bool const cursor_holds = cursor && journal_agrees(*reader, *cursor);
  if (cursor && !cursor_holds) {
    log_event(LogLevel::kWarn, "kafka.journal_went_back",
              {{"next_sequence", cursor->next_sequence},
               {"why",
                "the journal lost what the topic has already: a power cut or a restored "
                "copy"},
               {"instead", "each symbol goes on behind its last trade in the topic"}});
  }
  std::uint64_t const next = cursor_holds ? cursor->next_sequence : extent->first_sequence;
  if (auto const placed = reader->seek(next); !placed) return placed.error();
  last_record_ = cursor_holds ? cursor->last : std::string{};
  Session session{std::move(producer), *std::move(reader),
                  sink::Delivery{options_.journal_id, next, cursor_holds, *book}};
  if (auto const said = announce(session, *book, cursor_holds || !cursor); !said) {
    return said.error();
  }
  log_event(LogLevel::kInfo, "kafka.connected",
            {{"topic", options_.kafka.topic},
             {"next_sequence", next},
             {"behind", extent->end_sequence - std::min(next, extent->end_sequence)}});
  return session;
}

/// Writes into the topic who delivers now, and, where the journal went back, that what the topic
/// holds is not this journal's any more.
Result<void> KafkaFollower::announce(Session& session, sink::PositionBook const& book,
                                     bool cursor_holds) {
  if (auto const begun = session.producer.begin(); !begun) return begun;
  if (auto const said =
          session.producer.produce(KafkaTopic::kPositions, kHousePartition, sink::kOwnerKey,
                                   sink::owner_value(options_.instance));
      !said) {
    return said;
  }
  if (!cursor_holds) {
    for (auto const& [symbol, position] : book.symbols()) {
      auto const said = session.producer.produce(
          KafkaTopic::kPositions, sink::partition_of(symbol, options_.kafka.partitions), symbol,
          sink::position_value(position.last, ""));
      if (!said) return said;
    }
  }
  return commit(session);
}

Result<void> KafkaFollower::follow(Session& session) {
  for (;;) {
    auto const gathered = gather(session);
    if (!gathered) return gathered.error();
    if (*gathered > 0) {
      if (auto const done = commit(session); !done) return done;
      continue;
    }
    if (finished(session.delivery.next_sequence())) return {};
    if (out_of_time()) return Error{Errc::kTimeout, "no time is left"};
    wakeup_.wait(std::chrono::seconds{1});
  }
}

/// Produces what the journal holds within one commit's time and size; the number of records read.
Result<std::uint64_t> KafkaFollower::gather(Session& session) {
  uncommitted_ = 0;
  std::uint64_t read = 0;
  std::optional<Clock::time_point> due;
  while (read < options_.kafka.commit_records) {
    auto const status = session.reader.next(block_);
    if (status == ReadStatus::kFailed) return session.reader.error();
    if (status == ReadStatus::kCorrupt) {
      log_event(LogLevel::kError, "kafka.block_lost",
                {{"why", session.reader.error().to_string()},
                 {"remedy",
                  "the journal's file is damaged: these trades are not in the topic; "
                  "`k2 verify` names them"}});
      continue;
    }
    if (status == ReadStatus::kEnd) {
      if (!due || finishing_.load(std::memory_order_acquire)) break;
      auto const left = *due - Clock::now();
      if (left <= Clock::duration::zero()) break;
      wakeup_.wait(left);
      continue;
    }
    if (!due) {
      if (auto const begun = session.producer.begin(); !begun) return begun.error();
      due = Clock::now() + options_.kafka.commit_interval;
    }
    auto const records = deliver_block(session);
    if (!records) return records.error();
    read += *records;
    if (Clock::now() >= *due) break;
  }
  return read;
}

Result<std::uint64_t> KafkaFollower::deliver_block(Session& session) {
  auto const* const serializer = serializers_.find(options_.kafka.subject());
  K2_ASSERT(serializer != nullptr);
  sink::AvroReader datums{block_.bytes};
  for (std::uint32_t at = 0; at < block_.count; ++at) {
    char const* const begin = datums.place();
    if (!sink::read_trade(datums, record_)) {
      return Error{Errc::kDataCorrupt, "a block of the journal holds no TradeV2"};
    }
    std::string_view const datum{begin, datums.place()};
    TradeId const id{static_cast<std::uint64_t>(record_.source_sequence.value_or(0))};
    if (session.delivery.admit(block_.first_sequence + at, record_.symbol, id, record_.late())) {
      serializer->frame(datum, framed_);
      auto const produced = session.producer.produce(
          KafkaTopic::kTrades, sink::partition_of(record_.symbol, options_.kafka.partitions),
          record_.symbol, framed_);
      if (!produced) return produced.error();
      ++uncommitted_;
    }
    last_record_ = record_.message_id;
  }
  return block_.count;
}

Result<void> KafkaFollower::commit(Session& session) {
  session.delivery.take_moved(moved_);
  for (auto const& [symbol, last] : moved_) {
    auto const said = session.producer.produce(
        KafkaTopic::kPositions, sink::partition_of(symbol, options_.kafka.partitions), symbol,
        sink::position_value(last, options_.journal_id));
    if (!said) return said;
  }
  auto const said = session.producer.produce(
      KafkaTopic::kPositions, kHousePartition, sink::cursor_key(options_.journal_id),
      sink::cursor_value(session.delivery.next_sequence(), last_record_));
  if (!said) return said;
  if (auto const done = session.producer.commit(); !done) return done;
  note_commit(session.delivery);
  return {};
}

void KafkaFollower::note_commit(sink::Delivery const& delivery) {
  produced_.fetch_add(uncommitted_, std::memory_order_relaxed);
  uncommitted_ = 0;
  cached_.store(serializers_.size(), std::memory_order_relaxed);
  evictions_.store(serializers_.evictions(), std::memory_order_relaxed);
  commits_.fetch_add(1, std::memory_order_relaxed);
  delivered_sequence_.store(delivery.next_sequence(), std::memory_order_release);
  retry_ = options_.retry_first;
  if (failing_.exchange(false, std::memory_order_relaxed)) {
    log_event(LogLevel::kInfo, "kafka.recovered",
              {{"failures", failures_.load(std::memory_order_relaxed)}});
  }
}

void KafkaFollower::note_failure(Error const& error) {
  failing_.store(true, std::memory_order_relaxed);
  failures_.fetch_add(1, std::memory_order_relaxed);
  log_event_limited(LogLevel::kError, "kafka.failing", errc_name(error.code),
                    {{"why", error.to_string()},
                     {"delivered_sequence", delivered_sequence_.load(std::memory_order_relaxed)},
                     {"instead", "trades wait in the journal"}});
}

/// Whether the topic still names this process as its deliverer. Asks until it is told: to guess
/// could take the topic from a successor.
bool KafkaFollower::still_owner() {
  auto const ask = [this] {
    return read_topic_positions(options_.kafka, [this] { return out_of_time(); });
  };
  auto book = ask();
  while (!book && !out_of_time()) {
    note_failure(book.error());
    sleep(retry_);
    book = ask();
  }
  if (!book) return false;
  if (book->owner() == options_.instance) return true;
  fenced_.store(true, std::memory_order_relaxed);
  log_event(LogLevel::kError, "kafka.fenced",
            {{"owner", book->owner()},
             {"instance", options_.instance},
             {"instead", "this process goes on recording into its journal and delivers no more"},
             {"remedy", "stop one of the two; start this one again to have it deliver"}});
  return false;
}

void KafkaFollower::sleep(std::chrono::nanoseconds time) {
  auto const until = Clock::now() + time;
  for (auto left = until - Clock::now(); left > Clock::duration::zero() && !out_of_time();
       left = until - Clock::now()) {
    wakeup_.wait(left);
  }
}

bool KafkaFollower::out_of_time() const noexcept {
  return finishing_.load(std::memory_order_acquire) &&
         Clock::now().time_since_epoch().count() >= give_up_at_ns_.load(std::memory_order_relaxed);
}

bool KafkaFollower::finished(std::uint64_t next_sequence) const noexcept {
  return finishing_.load(std::memory_order_acquire) &&
         next_sequence >= finish_at_.load(std::memory_order_relaxed);
}

}  // namespace k2::io
