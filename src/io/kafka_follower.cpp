#include "io/kafka_follower.hpp"

#include "core/assert.hpp"
#include "io/clock.hpp"
#include "io/kafka_positions.hpp"
#include "io/kafka_registration.hpp"
#include "io/kafka_sweep.hpp"
#include "io/log.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <malloc.h>
#include <utility>

namespace k2::io {
namespace {

/// How long the follower waits for more of the journal before it looks at all else again.
constexpr std::chrono::milliseconds kIdle{250};

/// How long a transaction that was refused waits before it is tried again.
constexpr std::chrono::milliseconds kRefusedPause{50};

/// Dead letters of one transaction: so many, and no more once they hold so many bytes. Chosen: far
/// below what librdkafka may hold.
constexpr std::size_t kLettersAtOnce = 100;
constexpr std::size_t kLetterBytesAtOnce = std::size_t{1} << 20;

/// How long the end of the program waits for the group to take note.
constexpr std::chrono::seconds kLeavePatience{3};

}  // namespace

KafkaFollower::KafkaFollower(KafkaFollowerOptions options)
    : options_(std::move(options)),
      serializers_(options_.kafka.serializer_cache_max),
      pace_(options_.kafka.commit_interval, options_.kafka.commit_records),
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
  return progress_.delivered_sequence() >= end_sequence;
}

KafkaStatus KafkaFollower::status() const {
  auto status = progress_.status();
  status.turned = heartbeat_.age();
  return status;
}

void KafkaFollower::run() {
  while (!open_journal()) {
    if (is_finishing()) return;
    pause(retry_);
    retry_ = std::min(retry_ * 2, options_.retry_max);
  }
  serve();
  drop_loading();
  drop_session();
  if (group_) group_->leave(kLeavePatience);
}

bool KafkaFollower::open_journal() {
  auto reader = JournalReader::open(options_.data_dir);
  auto const facts = reader ? read_facts(*reader) : Result<sink::JournalFacts>{reader.error()};
  if (!facts) {
    fail(facts.error());
    return false;
  }
  reader_ = *std::move(reader);
  delivery_.emplace(
      sink::DeliveryOptions{
          .journal = options_.kafka.process,
          .partitions = options_.kafka.partitions,
          .standby = options_.kafka.warm_standby ? sink::Standby::kWarm : sink::Standby::kCold},
      *facts, read_clock().mono);
  progress_.note_delivered(facts->first_sequence);
  return true;
}

void KafkaFollower::serve() {
  while (!out_of_time() && !finished()) {
    if (auto const done = step(); !done) {
      fail(done.error());
      if (out_of_time()) return;
      bool const refused = delivery_->next() == sink::DeliveryStep::kAbort;
      pause(refused ? kRefusedPause : retry_);
      if (!refused) retry_ = std::min(retry_ * 2, options_.retry_max);
    }
    progress_.note_ownership(*delivery_);
  }
}

/// One thing after another; between two of them no transaction is open.
Result<void> KafkaFollower::step() {
  delivery_->tick(read_clock().mono);
  if (auto recording = delivery_->take_recording(); recording && options_.on_recording) {
    options_.on_recording(*std::move(recording));
  }
  if (delivery_->next() == sink::DeliveryStep::kOpenProducer) return open_session();
  if (auto const heard = hear_group(std::chrono::nanoseconds::zero()); !heard) return heard;
  if (auto const loaded = load(); !loaded) return loaded;
  switch (delivery_->next()) {
    case sink::DeliveryStep::kRead:
      return read();
    case sink::DeliveryStep::kAbort:
      if (auto const aborted = session_->abort(); !aborted) return aborted;
      delivery_->on_aborted();
      progress_.note_aborted();
      open_ = false;
      return {};
    case sink::DeliveryStep::kSweep:
      return sweep_partitions();
    case sink::DeliveryStep::kWait:
      return loading_ ? Result<void>{} : hear_group(kIdle);
    case sink::DeliveryStep::kOpenProducer:
      return {};
  }
  return {};
}

Result<void> KafkaFollower::open_session() {
  drop_session();
  auto session = KafkaSession::open(options_.kafka, options_.data_dir, serializers_,
                                    [this] { return out_of_time(); });
  if (!session) return session.error();
  session_ = *std::move(session);
  if (!group_) {
    auto const give_up = [this] { return out_of_time(); };
    if (auto const done = register_journal(options_.kafka, give_up); !done) return done;
    auto group = KafkaGroup::join(options_.kafka);
    if (!group) return group.error();
    group_.emplace(*std::move(group));
  }
  delivery_->on_producer_opened();
  log_event(LogLevel::kInfo, "kafka.connected",
            {{"topic", options_.kafka.topic}, {"group", options_.kafka.group()}});
  return {};
}

/// What a producer had queued during an outage is megabytes, and so is what positions were read
/// with; what the allocator keeps of them would look like a leak.
void KafkaFollower::drop_session() {
  if (!session_) return;
  session_.reset();
  (void)malloc_trim(0);
}

void KafkaFollower::drop_loading() {
  if (!loading_) return;
  loading_.reset();
  (void)malloc_trim(0);
}

Result<void> KafkaFollower::hear_group(std::chrono::nanoseconds patience) {
  if (!group_ || open_) return {};
  changes_.clear();
  auto heard =
      group_->poll(std::chrono::duration_cast<std::chrono::milliseconds>(patience), changes_);
  for (KafkaGroupChange const& change : changes_) {
    log_change(change);
    switch (change.what) {
      case KafkaGroupChange::What::kAssigned:
        delivery_->on_assigned(change.partitions);
        break;
      case KafkaGroupChange::What::kRevoked:
        delivery_->on_revoked(change.partitions);
        break;
      case KafkaGroupChange::What::kLost:
        delivery_->on_lost();
        break;
    }
  }
  if (!heard && group_->is_over()) {
    delivery_->on_lost();
    drop_loading();
    group_.reset();
  }
  progress_.note_surplus(group_ ? group_->surplus() : 0);
  if (!changes_.empty()) progress_.note_ownership(*delivery_);
  return heard;
}

/// Reads positions of partitions that are new, a step at a time.
Result<void> KafkaFollower::load() {
  auto const& wanted = delivery_->loading();
  if (wanted.partitions.empty()) {
    drop_loading();
    return {};
  }
  if (!loading_ || loading_->ticket() != wanted.ticket) {
    loading_.emplace(options_.kafka, *group_, wanted.partitions, !delivery_->letters_known(),
                     wanted.ticket, [this] { return out_of_time(); });
  }
  auto const state = loading_->step();
  if (!state) {
    drop_loading();
    return state.error();
  }
  if (*state == KafkaLoaded::kUnsettled) delivery_->on_unsettled();
  return *state == KafkaLoaded::kWhole ? finish_loading() : Result<void>{};
}

Result<void> KafkaFollower::sweep_partitions() {
  auto const book = read_topic_positions(options_.kafka, [this] { return out_of_time(); });
  if (!book) return book.error();
  auto journals = book->journals();
  journals.insert(options_.kafka.process);
  log_event(LogLevel::kWarn, "kafka.hanging",
            {{"why", "the brokers never told partitions what became of a transaction that is over"},
             {"instead", "it ends such transactions, and delivers anew what they held"},
             {"journals", fmt::format("{}", fmt::join(journals, ","))}});
  if (sweeps_++ > 0) log_unknown_hanging(options_.kafka);
  drop_loading();
  drop_session();
  delivery_->on_swept();
  return sweep(options_.kafka, journals, *group_, [this] { return out_of_time(); });
}

Result<void> KafkaFollower::finish_loading() {
  auto const& book = loading_->book();
  auto const facts = read_facts(*reader_);
  if (!facts) return facts.error();
  auto const hints = delivery_->hints(book);
  auto const refuted = refuted_hints(*reader_, hints);
  if (!refuted) return refuted.error();
  for (auto const partition : *refuted) {
    log_event(
        LogLevel::kWarn, "kafka.journal_went_back",
        {{"partition", partition},
         {"why", "the journal lost what the topic has already: a power cut or a restored copy"},
         {"instead", "each symbol goes on behind its last trade in the topic"}});
  }
  auto const before = delivery_->head();
  delivery_->on_loaded(loading_->ticket(), book, *facts, *refuted);
  // The hints were looked at with the same reader.
  if (auto const placed = reader_->seek(delivery_->head()); !placed) return placed.error();
  (void)delivery_->take_seek();
  sweeps_ = 0;
  drop_loading();
  log_event(LogLevel::kInfo, "kafka.owned",
            {{"partitions", fmt::format("{}", fmt::join(delivery_->owned(), ","))},
             {"next_sequence", delivery_->head()},
             {"went_back", before - delivery_->head()},
             {"behind", facts->end_sequence - std::min(delivery_->head(), facts->end_sequence)}});
  return {};
}

Result<void> KafkaFollower::read() {
  if (!is_turn()) return {};
  if (delivery_->take_seek()) {
    if (auto const placed = reader_->seek(delivery_->head()); !placed) return placed.error();
  }
  if (auto const looked = look_at_gaps(); !looked) return looked;
  auto const gathered = gather();
  if (!gathered) return gathered.error();
  if (auto const fetched = fetch_letters(); !fetched) return fetched;
  if (open_ || delivery_->has_moved() || !letters_.empty()) return commit();
  delivery_->on_settled();
  note_settled();
  if (*gathered == 0 && !finished() && !loading_) wakeup_.wait(kIdle);
  return {};
}

/// Transactions begin a commit's time apart, and their records are produced at once: librdkafka
/// asks the broker about each partition whose first record comes, for all that have come in the
/// same millisecond together, and keeps a core busy for that millisecond (2.0.2,
/// rd_kafka_thread_main). Without transactions a trade goes as soon as it is there.
bool KafkaFollower::is_turn() {
  auto const left = pace_.left(read_clock().mono);
  if (!options_.kafka.transactions || is_finishing() || left == std::chrono::nanoseconds::zero()) {
    return true;
  }
  waits_turn_.store(true);
  wakeup_.wait(std::min<std::chrono::nanoseconds>(left, kIdle));
  waits_turn_.store(false);
  return false;
}

/// Produces what the journal holds, up to one commit's size; the number of records read.
Result<std::uint64_t> KafkaFollower::gather() {
  uncommitted_.clear();
  std::uint64_t read = 0;
  auto const began = read_clock().mono;
  auto const due = began + options_.kafka.commit_interval;
  while (read < options_.kafka.commit_records) {
    auto const status = reader_->next(block_);
    if (status == ReadStatus::kFailed) return reader_->error();
    if (status == ReadStatus::kCorrupt) {
      log_event(LogLevel::kError, "kafka.block_lost",
                {{"why", reader_->error().to_string()},
                 {"remedy",
                  "the journal's file is damaged: these trades are not in the topic; "
                  "`k2 verify` names them"}});
      continue;
    }
    if (status == ReadStatus::kEnd) {
      auto const left = due - read_clock().mono;
      if (read == 0 || options_.kafka.transactions || is_finishing() ||
          left <= std::chrono::nanoseconds::zero()) {
        break;
      }
      wakeup_.wait(left);
      continue;
    }
    if (auto const delivered = deliver_block(); !delivered) return delivered.error();
    read += block_.count;
    if (!options_.kafka.transactions && read_clock().mono >= due) break;
  }
  pace_.on_gathered(began, read);
  return read;
}

Result<void> KafkaFollower::deliver_block() {
  sink::AvroReader datums{block_.bytes};
  for (std::uint32_t at = 0; at < block_.count; ++at) {
    char const* const begin = datums.place();
    if (!sink::read_trade(datums, record_)) {
      return Error{Errc::kDataCorrupt, "a block of the journal holds no TradeV2"};
    }
    TradeId const id{static_cast<std::uint64_t>(record_.source_sequence.value_or(0))};
    auto const admission =
        delivery_->admit(block_.first_sequence + at, record_.symbol, id, record_.late());
    if (admission == sink::Admission::kSkip) continue;
    if (!open_) {
      if (auto const begun = begin_transaction(); !begun) return begun;
    }
    auto const produced = session_->produce(record_.symbol, {begin, datums.place()},
                                            admission == sink::Admission::kDeliverLate);
    if (!produced) return produced;
    uncommitted_.push_back(record_.ingestion_timestamp);
  }
  return {};
}

Result<void> KafkaFollower::begin_transaction() {
  if (auto const begun = session_->begin(); !begun) return begun;
  open_ = true;
  delivery_->on_begun();
  return {};
}

/// What the journal has learned of ids that are missing in the topic.
Result<void> KafkaFollower::look_at_gaps() {
  if (!delivery_->take_gap_look()) return {};
  auto const gaps = reader_->gaps();
  if (!gaps) return gaps.error();
  delivery_->on_gaps(*gaps);
  return {};
}

Result<void> KafkaFollower::fetch_letters() {
  letters_.clear();
  bool const last_look = is_finishing();
  auto const behind = delivery_->letters_due();
  if (behind) {
    auto letters = reader_->letters_behind(*behind, kLettersAtOnce, kLetterBytesAtOnce);
    if (!letters) return letters.error();
    letters_ = *std::move(letters);
  }
  letters_done_ = last_look && letters_.empty();
  return {};
}

/// What the transaction changes of the gaps, with the journal's own reasons.
Result<void> KafkaFollower::tell_gaps() {
  gaps_.clear();
  delivery_->gap_changes(gap_changes_);
  if (gap_changes_.empty()) return {};
  std::vector<sink::DeclaredGap> journal;
  // A repair takes thousands of transactions, and is its own reason.
  auto const is_repair = [](auto const& one) { return one.state == GapState::kRepaired; };
  if (!std::ranges::all_of(gap_changes_, is_repair)) {
    auto known = reader_->gaps();
    if (!known) return known.error();
    journal = *std::move(known);
  }
  UtcTime const now = read_clock().utc;
  for (sink::GapChange const& change : gap_changes_) {
    gaps_.push_back(sink::told(change, journal, now));
  }
  return {};
}

Result<void> KafkaFollower::commit() {
  if (!open_) {
    if (auto const begun = begin_transaction(); !begun) return begun;
  }
  if (auto const told = tell_gaps(); !told) return told;
  if (!letters_.empty()) delivery_->on_letters(letters_.back().number);
  delivery_->moved(moved_);
  KafkaCommit const what{.moved = moved_, .gaps = gaps_, .letters = letters_};
  auto const done = session_->commit(what, *group_);
  if (!done) return done.error();
  if (!*done) {
    log_event(LogLevel::kInfo, "kafka.in_doubt",
              {{"why", "a connection to a broker broke since the transaction before"},
               {"instead", "it aborts this one and reads anew what the topic holds"}});
    delivery_->on_refused(false);
    return {};
  }
  open_ = false;
  delivery_->on_settled();
  progress_.note_serializers(serializers_);
  retry_ = options_.retry_first;
  if (progress_.note_committed(uncommitted_, read_clock().utc)) {
    log_event(LogLevel::kInfo, "kafka.recovered", {{"failures", progress_.status().failures}});
  }
  note_settled();
  return {};
}

/// While positions are being read, the journal may hold undelivered records before the head.
void KafkaFollower::note_settled() {
  log_given_up(delivery_->take_given_up());
  if (!delivery_->loading().partitions.empty()) return;
  progress_.note_delivered(delivery_->head());
}

/// A transaction that Kafka refused is aborted; after all else the next producer reads anew what
/// the topic holds.
void KafkaFollower::fail(Error const& error) {
  bool const fenced = error.code == Errc::kKafkaFenced;
  if (fenced) {
    // Also what every change of the group does to a transaction in flight.
    log_event_limited(LogLevel::kWarn, "kafka.fenced", "",
                      {{"why", error.to_string()},
                       {"instead", "nothing of the transaction counts; it asks the group anew"}});
  }
  if (open_ && session_ && session_->can_abort() && delivery_) {
    if (!fenced) note_failure(error);
    delivery_->on_refused(fenced);
    return;
  }
  note_failure(error);
  if (!delivery_) return;
  open_ = false;
  drop_session();
  delivery_->on_failed();
}

void KafkaFollower::note_failure(Error const& error) {
  progress_.note_failure();
  log_event_limited(LogLevel::kError, "kafka.failing", errc_name(error.code),
                    {{"why", error.to_string()},
                     {"delivered_sequence", progress_.delivered_sequence()},
                     {"instead", "trades wait in the journal"}});
}

/// Waits, and hears the group meanwhile: the others must not wait for this one.
void KafkaFollower::pause(std::chrono::nanoseconds time) {
  auto const until = Clock::now() + time;
  for (auto left = until - Clock::now(); left > Clock::duration::zero() && !out_of_time();
       left = until - Clock::now()) {
    if (delivery_ && !open_) (void)hear_group(std::chrono::nanoseconds::zero());
    wakeup_.wait(std::min<Clock::duration>(left, kIdle));
  }
}

bool KafkaFollower::out_of_time() noexcept {
  heartbeat_.beat();
  return is_finishing() &&
         Clock::now().time_since_epoch().count() >= give_up_at_ns_.load(std::memory_order_relaxed);
}

bool KafkaFollower::finished() const noexcept {
  if (!is_finishing() || open_ || !delivery_->loading().partitions.empty()) return false;
  if (!letters_done_ && delivery_->letters_due()) return false;
  return delivery_->head() >= finish_at_.load(std::memory_order_relaxed);
}

}  // namespace k2::io
