#include "tests/simulation/kafka/process.hpp"

#include "core/planted.hpp"
#include "sink/partition.hpp"
#include "tests/simulation/oracle_failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace k2::simulation::kafka {
namespace {

constexpr milliseconds kCommitInterval{50};
constexpr std::size_t kRecordsAtOnce = 200;

}  // namespace

KafkaProcess::KafkaProcess(std::string name, KafkaProcessOptions options, Broker& broker,
                           Published const& published, EventLog& log, Rng rng)
    : name_(std::move(name)),
      partitions_(options.partitions),
      standby_(options.standby),
      transactions_(options.transactions),
      broker_(broker),
      published_(published),
      log_(log),
      rng_(rng) {}

void KafkaProcess::start(MonoTime now) {
  now_ = now;
  ++lives_;
  member_ = fmt::format("{}-{}", name_, lives_);
  joined_ = out_ = stopping_ = false;
  generation_ = 0;
  events_.clear();
  open_ = reading_ = false;
  to_sweep_.clear();
  phase_ = Phase::kIdle;
  frozen_until_ = mute_until_ = busy_until_ = now;
  delivery_.emplace(
      sink::DeliveryOptions{.journal = name_, .partitions = partitions_, .standby = standby_},
      facts(), now);
  for (auto& [symbol, tape] : tapes_) tape.carried = false;
  if (standby_ == sink::Standby::kWarm) apply({.all = true, .partitions = {}, .positions = {}});
  log_.say(fmt::format("{} starts with {} records", name_, journal_.size()));
}

void KafkaProcess::kill(std::size_t lost) {
  delivery_.reset();
  log_.say(fmt::format("{} dies and loses {} records", name_, lost));
  if (lost == 0) return;
  journal_.resize(journal_.size() - std::min(lost, journal_.size()));
  std::erase_if(declared_, [this](Declared const& one) { return one.size > journal_.size(); });
  rebuild_tables();
}

void KafkaProcess::step(MonoTime now) {
  now_ = now;
  if (!delivery_ || now < frozen_until_) return;
  record();
  heartbeat();
  if (now < busy_until_) return;
  busy_until_ = now + milliseconds{rng_.chance(0.02) ? rng_.below(800) : rng_.below(10)};
  delivery_->tick(now);
  if (auto recording = delivery_->take_recording()) apply(*std::move(recording));
  if (!to_sweep_.empty()) return sweep();
  switch (delivery_->next()) {
    case sink::DeliveryStep::kOpenProducer: {
      if (transactions_ && broker_.init_producer(name_, epoch_) != Answer::kDone) return;
      open_ = false;
      breaks_seen_ = broker_.breaks();
      delivery_->on_producer_opened();
      return;
    }
    case sink::DeliveryStep::kAbort:
      return abort();
    case sink::DeliveryStep::kSweep:
      return begin_sweep();
    case sink::DeliveryStep::kWait:
    case sink::DeliveryStep::kRead:
      break;
  }
  if (phase_ == Phase::kIdle && !open_) {
    if (stopping_) {
      broker_.leave(member_);
      delivery_.reset();
      return log_.say(fmt::format("{} leaves", name_));
    }
    hear_group();
    apply_own_positions();
    load();
  }
  if (delivery_->next() == sink::DeliveryStep::kRead) read();
}

/// What librdkafka does behind the process's back.
void KafkaProcess::heartbeat() {
  if (now_ < beat_at_ || now_ < mute_until_ || out_) return;
  beat_at_ = now_ + milliseconds{300};
  if (!joined_) {
    // A client that was thrown out comes again under another name.
    if (broker_.join(member_, name_) == Answer::kDone) joined_ = true;
    return;
  }
  if (broker_.heartbeat(member_, generation_, events_)) return;
  events_.clear();
  events_.push_back({GroupEvent::What::kLost, {}});
  out_ = true;
  generation_ = 0;
}

void KafkaProcess::hear_group() {
  for (GroupEvent const& event : std::exchange(events_, {})) {
    switch (event.what) {
      case GroupEvent::What::kAssigned:
        delivery_->on_assigned(event.partitions);
        break;
      case GroupEvent::What::kRevoked:
        delivery_->on_revoked(event.partitions);
        broker_.released(member_, event.partitions);
        break;
      case GroupEvent::What::kLost:
        delivery_->on_lost();
        joined_ = out_ = false;
        member_ = fmt::format("{}-{}", name_, ++lives_);
        break;
    }
    log_.say(fmt::format("{} hears {} of {}", name_,
                         event.what == GroupEvent::What::kAssigned  ? "assigned"
                         : event.what == GroupEvent::What::kRevoked ? "revoked"
                                                                    : "lost",
                         fmt::join(event.partitions, ",")));
  }
}

void KafkaProcess::load() {
  auto const& wanted = delivery_->loading();
  if (wanted.partitions.empty() || broker_.is_away()) return;
  if (ticket_ != wanted.ticket) {
    ticket_ = wanted.ticket;
    reading_ = false;
  }
  if (!reading_) {
    if (!broker_.is_settled(wanted.partitions)) return delivery_->on_unsettled();
    reading_ = true;
    ends_.clear();
    auto asked = wanted.partitions;
    if (!delivery_->letters_known()) asked.insert(letter_partition());
    for (auto const partition : asked) {
      for (int const topic : kTopics) {
        ends_[{topic, partition}] = K2_PLANTED(kReadToStableOffset)
                                        ? broker_.last_stable(topic, partition)
                                        : broker_.high_watermark(topic, partition);
      }
    }
    return;
  }
  for (auto const& [place, end] : ends_) {
    if (K2_PLANTED(kAskPositionsOnly) && place.first != kPositions) continue;
    if (broker_.last_stable(place.first, place.second) < end) return delivery_->on_unsettled();
  }
  sink::PositionBook book;
  for (auto const& [place, end] : ends_) {
    auto const& [topic, partition] = place;
    if (topic != kPositions) continue;
    for (Entry const* const entry : broker_.committed(kPositions, partition, end)) {
      if (!wanted.partitions.contains(partition) && !entry->key.starts_with('/')) continue;
      book.apply(entry->key, entry->value).value();
    }
  }
  std::vector<std::int32_t> refuted;
  for (sink::JournalHint const& hint : delivery_->hints(book)) {
    bool const holds = hint.sequence <= journal_.size() &&
                       journal_[hint.sequence - 1].symbol == hint.symbol &&
                       journal_[hint.sequence - 1].id == value(hint.id);
    if (!holds) refuted.push_back(hint.partition);
  }
  delivery_->on_loaded(ticket_, book, facts(), refuted);
  reading_ = false;
  log_.say(fmt::format("{} owns {} and goes on at {} of {}", name_,
                       fmt::join(delivery_->owned(), ","), delivery_->head(), journal_.size() + 1));
}

/// In the names of all who have delivered, its own among them.
void KafkaProcess::begin_sweep() {
  if (broker_.is_away()) return;
  // Another one may have just done it.
  if (now_ - broker_.last_hung() > std::chrono::seconds{5}) {
    throw OracleFailure{"sweep", name_ + " sweeps, and nothing hangs: it disturbs the others"};
  }
  sink::PositionBook book;
  for (std::int32_t partition = 0; partition < partitions_; ++partition) {
    auto const end = broker_.last_stable(kPositions, partition);
    for (Entry const* const entry : broker_.committed(kPositions, partition, end)) {
      book.apply(entry->key, entry->value).value();
    }
  }
  to_sweep_ = {name_};
  if (!K2_PLANTED(kSweepOwnOnly)) to_sweep_.merge(book.journals());
  phase_ = Phase::kIdle;
  log_.say(fmt::format("{} sweeps for {}", name_, fmt::join(to_sweep_, ",")));
  delivery_->on_swept();
}

void KafkaProcess::sweep() {
  auto const transactional = *to_sweep_.begin();
  std::uint64_t epoch = 0;
  auto const taken = broker_.init_producer(transactional, epoch);
  if (taken == Answer::kAgain) return;
  to_sweep_.erase(to_sweep_.begin());
  if (taken != Answer::kDone || broker_.begin(transactional, epoch) != Answer::kDone) return;
  std::set<std::int32_t> all;
  for (std::int32_t partition = 0; partition < partitions_; ++partition) {
    all.insert(partition);
    for (int const topic : kTopics) {
      auto const put = broker_.produce(transactional, epoch, topic, partition, "/swept", "");
      if (put != Answer::kDone) return;
    }
  }
  (void)broker_.vouch(transactional, epoch, member_, generation_, all);
  (void)broker_.end(transactional, epoch, false);
}

/// The mistake of a process that goes on consuming positions after it has loaded them.
void KafkaProcess::apply_own_positions() {
  if (!K2_PLANTED(kApplyOwnPositions) || delivery_->owned().empty() || !rng_.chance(0.01)) return;
  auto const partition = *delivery_->owned().begin();
  auto const end = broker_.last_stable(kPositions, partition);
  auto const shown = broker_.committed(kPositions, partition, end);
  if (shown.size() < 20) return;
  sink::PositionBook book;
  for (std::size_t at = 0; at + 10 < shown.size(); ++at) {
    book.apply(shown[at]->key, shown[at]->value).value();
  }
  std::vector const one{partition};
  delivery_->on_revoked(one);
  delivery_->on_assigned(one);
  delivery_->on_loaded(delivery_->loading().ticket, book, facts(), {});
}

void KafkaProcess::read() {
  switch (phase_) {
    case Phase::kIdle:
      (void)delivery_->take_seek();
      if (delivery_->take_gap_look()) delivery_->on_gaps(facts().gaps);
      phase_ = Phase::kProduce;
      commit_at_ = now_ + kCommitInterval;
      return gather();
    case Phase::kProduce:
      if (now_ < commit_at_) return gather();
      if (!open_ && !delivery_->has_moved() &&
          delivery_->letters_due().value_or(letters_) == letters_) {
        delivery_->on_settled();
        phase_ = Phase::kIdle;
        return;
      }
      phase_ = Phase::kPositions;
      return;
    case Phase::kPositions:
      return produce_positions();
    case Phase::kVouch:
      return vouch();
    case Phase::kEnd:
      return end();
  }
}

/// False when it is to be tried again, or has failed.
bool KafkaProcess::begin() {
  if (transactions_) {
    auto const begun = broker_.begin(name_, epoch_);
    if (begun == Answer::kAgain) return false;
    if (begun != Answer::kDone) {
      fail("begin");
      return false;
    }
  }
  open_ = true;
  delivery_->on_begun();
  return true;
}

/// Without transactions each record is on its own.
bool KafkaProcess::put(int topic, std::int32_t partition, std::string key, std::string value) {
  auto const answer =
      transactions_
          ? broker_.produce(name_, epoch_, topic, partition, std::move(key), std::move(value))
          : broker_.append(topic, partition, std::move(key), std::move(value));
  return answer == Answer::kDone;
}

void KafkaProcess::gather() {
  for (std::size_t count = 0; count < kRecordsAtOnce; ++count) {
    auto const sequence = delivery_->head();
    if (sequence > journal_.size()) return;
    if (broker_.is_away()) return;
    if (!open_ && !begin()) return;
    JournalRecord const record = journal_[sequence - 1];
    auto const admission =
        delivery_->admit(sequence, record.symbol, TradeId{record.id}, record.late);
    if (admission == sink::Admission::kSkip) continue;
    bool const late = record.late || admission == sink::Admission::kDeliverLate;
    bool const done = put(kTrades, sink::partition_of(record.symbol, partitions_), record.symbol,
                          fmt::format("{}{}", record.id, late ? " LATE" : ""));
    if (!done) return fail("produce");
  }
}

void KafkaProcess::produce_positions() {
  if (broker_.is_away()) return;
  if (!open_ && !begin()) return;
  if (!produce_gaps() || !produce_letters()) return;
  delivery_->moved(moved_);
  for (sink::MovedPosition const& position : moved_) {
    bool const done =
        put(kPositions, position.partition, std::string{position.symbol},
            sink::position_value(position.last, name_, position.sequence, *position.missing));
    if (!done) return fail("positions");
  }
  phase_ = Phase::kVouch;
}

bool KafkaProcess::produce_gaps() {
  delivery_->gap_changes(changes_);
  for (sink::GapChange const& change : changes_) {
    auto value = fmt::format("{} {} {}", k2::value(change.ids.first), k2::value(change.ids.last),
                             gap_state_name(change.state));
    if (K2_PLANTED(kGapsOutside)) {
      (void)broker_.append(kGaps, change.partition, std::string{change.symbol}, std::move(value));
      continue;
    }
    if (!put(kGaps, change.partition, std::string{change.symbol}, std::move(value))) {
      fail("gaps");
      return false;
    }
  }
  return true;
}

/// All that are due, and how far they have come now.
bool KafkaProcess::produce_letters() {
  auto const behind = delivery_->letters_due();
  if (!behind || *behind == letters_) return true;
  bool done = true;
  for (auto number = *behind + 1; done && number <= letters_; ++number) {
    done = put(kLetters, letter_partition(), name_, std::to_string(number));
  }
  delivery_->on_letters(letters_);
  done = done &&
         put(kPositions, letter_partition(), sink::letter_key(name_), sink::letter_value(letters_));
  if (!done) fail("letters");
  return done;
}

std::int32_t KafkaProcess::letter_partition() const {
  return sink::partition_of(sink::letter_key(name_), partitions_);
}

void KafkaProcess::vouch() {
  if (!transactions_) {
    phase_ = Phase::kEnd;
    return;
  }
  std::set<std::int32_t> touched;
  for (sink::MovedPosition const& position : moved_) touched.insert(position.partition);
  // Where nothing is touched librdkafka does not ask.
  if (!touched.empty() && !K2_PLANTED(kSkipGroupCheck)) {
    switch (broker_.vouch(name_, epoch_, member_, generation_, touched)) {
      case Answer::kDone:
        break;
      case Answer::kAgain:
        return;
      case Answer::kRefused:
        return refused(true);
      case Answer::kFenced:
      case Answer::kUnknown:
        return fail("vouch");
    }
  }
  // What became of the transactions before this one is not sure.
  if (broker_.breaks() != breaks_seen_ && !K2_PLANTED(kTrustBrokenConnection)) {
    return refused(false);
  }
  phase_ = Phase::kEnd;
}

void KafkaProcess::end() {
  switch (transactions_ ? broker_.end(name_, epoch_, true) : Answer::kDone) {
    case Answer::kDone:
      open_ = false;
      phase_ = Phase::kIdle;
      delivery_->on_settled();
      return;
    case Answer::kAgain:
      return;
    case Answer::kRefused:
      return refused(false);
    case Answer::kFenced:
    case Answer::kUnknown:
      return fail("commit");
  }
}

void KafkaProcess::refused(bool fenced) {
  phase_ = Phase::kIdle;
  delivery_->on_refused(fenced);
  log_.say(fmt::format("{} is refused", name_));
}

void KafkaProcess::abort() {
  switch (broker_.end(name_, epoch_, false)) {
    case Answer::kDone:
      open_ = false;
      breaks_seen_ = broker_.breaks();
      delivery_->on_aborted();
      (void)delivery_->take_seek();
      return;
    case Answer::kAgain:
      return;
    default:
      return fail("abort");
  }
}

/// Whatever became of it: the next producer reads anew what the topic holds.
void KafkaProcess::fail(char const* why) {
  log_.say(fmt::format("{} fails to {}", name_, why));
  open_ = false;
  phase_ = Phase::kIdle;
  delivery_->on_failed();
}

}  // namespace k2::simulation::kafka
