#include "tests/simulation/kafka/ports.hpp"

#include "sink/partition.hpp"
#include "sink/position_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace k2::simulation::kafka {
namespace {

using sink::Progress;

UtcTime utc(MonoTime time) {
  return UtcTime{std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch())};
}

Error no_producer() {
  return Error{Errc::kKafkaFailed, "the producer is not open"};
}

}  // namespace

Result<void> SimulatedJournal::seek(std::uint64_t sequence) {
  next_ = sequence;
  return {};
}

Result<bool> SimulatedJournal::next(sink::JournalRecord& out) {
  while (next_ <= recorder_.trades().size() && !recorder_.is_readable(next_)) ++next_;
  if (next_ > recorder_.trades().size()) return false;
  current_ = recorder_.trades()[next_ - 1];
  out = {.sequence = next_,
         .symbol = current_.symbol,
         .id = TradeId{current_.id},
         .late = current_.late,
         .received = UtcTime{},
         .datum = {}};
  ++next_;
  return true;
}

Result<std::vector<std::int32_t>> SimulatedJournal::refuted_hints(
    std::span<sink::JournalHint const> hints) {
  std::vector<std::int32_t> refuted;
  auto const& trades = recorder_.trades();
  for (sink::JournalHint const& hint : hints) {
    if (hint.sequence < recorder_.first_sequence()) continue;  // no longer kept
    bool const holds = hint.sequence <= trades.size() && recorder_.is_readable(hint.sequence) &&
                       trades[hint.sequence - 1].symbol == hint.symbol &&
                       trades[hint.sequence - 1].id == value(hint.id);
    if (!holds) refuted.push_back(hint.partition);
  }
  return refuted;
}

Result<std::optional<std::uint64_t>> SimulatedJournal::stage_dead_letters(std::uint64_t after) {
  auto const last = std::min(recorder_.dead_letters(), after + kStagedMax);
  staged_ = {after + 1, last};
  if (last <= after) return std::optional<std::uint64_t>{};
  return std::optional{last};
}

Result<void> SimulatedGroup::join() {
  if (member_ && !member_->is_over()) return {};
  member_ = std::make_unique<Member>(context_.name, context_.life, context_.process,
                                     context_.network, context_.cluster, Rng{rng_.next()});
  return {};
}

Result<void> SimulatedGroup::poll(milliseconds /*patience*/, std::vector<sink::GroupChange>& out) {
  if (!member_) return {};
  auto const polled = member_->poll(out);
  for (sink::GroupChange& change : out) {
    (void)sink::take_surplus(change.partitions, context_.partitions);
  }
  return polled;
}

/// The real port waits for the answer within the call, so the answer is as of now.
Result<sink::GroupTransactions> SimulatedGroup::transactions(
    std::set<std::int32_t> const& partitions) {
  int const coordinator = context_.cluster.leader(kGroupPlace);
  bool const answers =
      context_.cluster.group_answers() && context_.network.can_reach(context_.process, coordinator);
  bool const is_slow = rng_.chance(0.05) && context_.cluster.has(Behaviour::kCoordinatorMoves);
  if (!answers || is_slow) return sink::GroupTransactions::kUnknown;
  return context_.cluster.has_open_offsets(partitions) ? sink::GroupTransactions::kOpen
                                                       : sink::GroupTransactions::kSettled;
}

void SimulatedGroup::tick(bool muted) {
  if (member_) member_->tick(muted);
}

void SimulatedGroup::leave() {
  if (member_) member_->leave();
}

MemberIdentity SimulatedGroup::identity() const {
  return member_ ? member_->identity() : MemberIdentity{};
}

std::unique_ptr<Producer> SimulatedTransactions::make_producer(std::string transactional_id) {
  return std::make_unique<Producer>(std::move(transactional_id), context_.process, context_.network,
                                    context_.cluster, Rng{rng_.next()}, context_.transaction_count);
}

/// The rules of io/kafka_topics: trades without positions, or these without those, are refused; any
/// other topic that is missing is created.
Result<void> SimulatedTransactions::ensure_topics() const {
  Cluster& cluster = context_.cluster;
  bool const has_trades = cluster.exists({kTrades, 0});
  bool const has_positions = cluster.exists({kPositions, 0});
  if (has_trades != has_positions && cluster.is_used(has_trades ? kTrades : kPositions)) {
    return Error{Errc::kConfigInvalid, "of trades and positions only one is left"};
  }
  for (int topic = 0; topic < kOffsets; ++topic) {
    auto const partitions = cluster.partitions(topic);
    if (partitions == 0) cluster.create_topic(topic, context_.partitions);
    if (partitions == 0 || partitions >= context_.partitions) continue;
    return Error{Errc::kConfigInvalid, "a topic has too few partitions"};
  }
  return {};
}

bool SimulatedTransactions::is_registered() const {
  PartitionLog const& log = context_.cluster.log({kPositions, sink::kRegistrationPartition});
  auto const key = sink::registration_key(context_.name);
  for (PartitionLog::Offset at = 0; at < log.last_stable(); ++at) {
    if (log.is_visible(at) && log.at(at).key == key) return true;
  }
  return false;
}

/// Registers the journal outside of any transaction. Source: io/kafka_registration.
Result<Progress> SimulatedTransactions::register_journal() {
  if (!registration_) registration_ = make_producer("");
  if (!registration_queued_) {
    auto const opened = registration_->init();
    if (!opened || *opened == Progress::kPending) return opened;
    if (auto const started = registration_->begin(); !started) return started.error();
    auto const queued = registration_->produce(
        {kPositions, sink::kRegistrationPartition},
        {sink::registration_key(context_.name), sink::registration_value(context_.partitions)});
    if (!queued) return queued.error();
    registration_queued_ = true;
  }
  auto const flushed = registration_->flush();
  if (flushed && *flushed == Progress::kDone) close();
  return flushed;
}

Result<Progress> SimulatedTransactions::open() {
  if (!producer_ && !registration_) {
    if (auto const ready = ensure_topics(); !ready) return ready.error();
  }
  if (registration_ || (!producer_ && !is_registered())) {
    auto const registered = register_journal();
    if (!registered || *registered == Progress::kPending) return registered;
  }
  if (!producer_) producer_ = make_producer(context_.transactions ? context_.name : "");
  return producer_->init();
}

void SimulatedTransactions::close() {
  registration_.reset();
  registration_queued_ = false;
  producer_.reset();
  sweep_.reset();
  notes_.reset();
}

Result<void> SimulatedTransactions::begin() {
  return producer_ ? producer_->begin() : no_producer();
}

Result<void> SimulatedTransactions::produce(int topic, std::int32_t partition, std::string key,
                                            std::string value) {
  if (!producer_) return no_producer();
  return producer_->produce({topic, partition}, {std::move(key), std::move(value)});
}

Result<void> SimulatedTransactions::produce(sink::JournalRecord const& record, bool mark_late) {
  return produce(kTrades, sink::partition_of(record.symbol, context_.partitions),
                 std::string{record.symbol},
                 fmt::format("{}{}", value(record.id), record.late || mark_late ? " LATE" : ""));
}

Result<void> SimulatedTransactions::produce_gaps(std::span<sink::DeclaredGap const> gaps) {
  for (sink::DeclaredGap const& gap : gaps) {
    auto const produced =
        produce(kGaps, sink::partition_of(gap.symbol, context_.partitions), gap.symbol,
                fmt::format("{} {} {}", value(gap.ids.first), value(gap.ids.last),
                            gap_state_name(gap.state)));
    if (!produced) return produced;
  }
  return {};
}

/// Letters name no symbol here: each goes into a partition by its number.
Result<void> SimulatedTransactions::produce_dead_letters() {
  auto const [first, last] = journal_.staged();
  auto const partition = sink::partition_of(context_.name, context_.partitions);
  for (auto number = first; number <= last; ++number) {
    auto const produced = produce(kDeadLetters, partition, context_.name, std::to_string(number));
    if (!produced) return produced;
  }
  return {};
}

Result<void> SimulatedTransactions::produce_positions(std::span<sink::MovedPosition const> moved,
                                                      std::optional<std::uint64_t> dead_letters,
                                                      std::span<sink::HangingNote const> compared) {
  for (sink::MovedPosition const& position : moved) {
    auto const produced = produce(
        kPositions, position.partition, std::string{position.symbol},
        sink::position_value(position.last, context_.name, position.sequence, *position.missing));
    if (!produced) return produced;
  }
  for (sink::HangingNote const& note : compared) {
    auto const produced = produce(kPositions, note.partition, sink::hanging_key(note), "");
    if (!produced) return produced;
  }
  if (!dead_letters) return {};
  auto const key = sink::letter_key(context_.name);
  return produce(kPositions, sink::partition_of(key, context_.partitions), key,
                 sink::letter_value(*dead_letters));
}

Result<Progress> SimulatedTransactions::send_offsets(std::span<std::int32_t const> partitions) {
  if (!context_.transactions) return Progress::kDone;
  if (!producer_) return no_producer();
  return producer_->send_offsets(group_.identity(), {partitions.begin(), partitions.end()});
}

Result<Progress> SimulatedTransactions::flush() {
  return producer_ ? producer_->flush() : Result<Progress>{no_producer()};
}

Result<Progress> SimulatedTransactions::commit() {
  return producer_ ? producer_->commit() : Result<Progress>{no_producer()};
}

Result<Progress> SimulatedTransactions::abort() {
  return producer_ ? producer_->abort() : Result<Progress>{no_producer()};
}

bool SimulatedTransactions::can_abort() const {
  return context_.transactions && producer_ && producer_->can_abort();
}

void SimulatedTransactions::tick() {
  if (registration_) registration_->tick();
  if (producer_) producer_->tick();
  if (sweep_ && sweep_->producer) sweep_->producer->tick();
  if (notes_) notes_->tick();
}

Result<Progress> SimulatedTransactions::write_notes(std::span<sink::HangingNote const> notes) {
  bool const is_new = !notes_;
  if (is_new) {
    notes_ = make_producer("");
    is_noted_ = false;
  }
  auto written = is_noted_ ? notes_->flush() : notes_->init();
  if (written && *written == Progress::kDone && !is_noted_) {
    for (sink::HangingNote const& note : notes) {
      auto const produced = notes_->produce({kPositions, note.partition},
                                            {sink::hanging_key(note), sink::hanging_value(note)});
      if (!produced) written = produced.error();
    }
    is_noted_ = true;
    if (written) return Progress::kPending;
  }
  if (!written || *written == Progress::kDone) notes_.reset();
  return written;
}

Result<Progress> SimulatedTransactions::abort_hanging(std::set<std::string> const& journals) {
  if (!sweep_) {
    sweep_.emplace();
    sweep_->journals = {journals.begin(), journals.end()};
  }
  if (!sweep_->producer) {
    if (sweep_->journals.empty()) {
      sweep_.reset();
      return Progress::kDone;
    }
    sweep_->producer = make_producer(sweep_->journals.back());
    sweep_->journals.pop_back();
    sweep_->stage = Sweep::Stage::kInit;
  }
  auto const done = continue_sweep();
  if (!done) {
    sweep_.reset();
    return done;
  }
  return Progress::kPending;
}

Result<Progress> SimulatedTransactions::continue_sweep() {
  auto& [journals, producer, stage, failure] = *sweep_;
  Result<Progress> done = Progress::kDone;
  switch (stage) {
    case Sweep::Stage::kInit:
      done = producer->init();
      break;
    case Sweep::Stage::kFlush:
      // An abort takes back what is still queued, and then partitions would be missing in it.
      done = producer->flush();
      break;
    case Sweep::Stage::kOffsets: {
      std::vector<std::int32_t> all(static_cast<std::size_t>(context_.partitions));
      std::iota(all.begin(), all.end(), 0);
      done = producer->send_offsets(group_.identity(), all);
      break;
    }
    case Sweep::Stage::kAbort:
      done = producer->abort();
      break;
  }
  if (!done && stage == Sweep::Stage::kOffsets && producer->can_abort()) {
    // What was touched is aborted all the same.
    failure = done.error();
    stage = Sweep::Stage::kAbort;
    return Progress::kPending;
  }
  if (!done || *done == Progress::kPending) return done;
  if (stage == Sweep::Stage::kInit) {
    if (auto const touched = touch_everything(); !touched) return touched.error();
    stage = Sweep::Stage::kFlush;
  } else if (stage == Sweep::Stage::kFlush) {
    stage = Sweep::Stage::kOffsets;
  } else if (stage == Sweep::Stage::kOffsets) {
    stage = Sweep::Stage::kAbort;
  } else {
    producer.reset();
    if (failure) return *failure;
  }
  return done;
}

Result<void> SimulatedTransactions::touch_everything() {
  Producer& producer = *sweep_->producer;
  if (auto const started = producer.begin(); !started) return started;
  for (int topic = 0; topic < kOffsets; ++topic) {
    for (std::int32_t partition = 0; partition < context_.partitions; ++partition) {
      auto const produced = producer.produce({topic, partition}, {"/swept", ""});
      if (!produced) return produced;
    }
  }
  return {};
}

Result<Progress> SimulatedPositions::open(std::set<std::int32_t> const& partitions,
                                          sink::ReadEnd end) {
  if (!reader_) {
    reader_ = std::make_unique<PositionsReader>(context_.process, context_.network,
                                                context_.cluster, Rng{rng_.next()});
  }
  return reader_->open(partitions, end);
}

Result<sink::PositionRead> SimulatedPositions::read(sink::PositionRecord& out) {
  if (!reader_) return Error{Errc::kKafkaFailed, "the positions are not open"};
  return reader_->read(out);
}

/// The rule of io/kafka_positions.
Result<void> SimulatedPositions::check(std::set<std::int32_t> const& used,
                                       sink::PositionBook const& book) {
  if (!context_.transactions) return {};
  auto without = used;
  for (auto const& [symbol, position] : book.symbols()) {
    without.erase(sink::partition_of(symbol, context_.partitions));
  }
  for (std::int32_t const partition : without) {
    if (!context_.cluster.log({kTrades, partition}).has_visible()) continue;
    return Error{Errc::kConfigInvalid, "a partition holds trades, and no position is left of them"};
  }
  return {};
}

Result<Progress> SimulatedPositions::find_ends(std::span<sink::TopicPlace> places) {
  if (!reader_) return Error{Errc::kKafkaFailed, "the positions are not open"};
  return reader_->find_offsets(places, false);
}

Result<Progress> SimulatedPositions::find_stable_ends(std::span<sink::TopicPlace> places) {
  if (!reader_) return Error{Errc::kKafkaFailed, "the positions are not open"};
  return reader_->find_offsets(places, true);
}

bool SimulatedTrades::can_read(Place place) const {
  int const leader = context_.cluster.leader(place);
  return leader >= 0 && !context_.cluster.is_away(leader) &&
         context_.network.can_reach(context_.process, leader);
}

void SimulatedTrades::open(std::int32_t partition, PartitionLog::Offset from, bool committed) {
  place_ = {kTrades, partition};
  PartitionLog const& log = context_.cluster.log(place_);
  next_ = from;
  end_ = committed ? log.last_stable() : log.high_watermark();
  committed_ = committed;
}

Result<Progress> SimulatedTrades::open_held(std::int32_t partition, std::int64_t from) {
  if (!can_read({kTrades, partition})) return Progress::kPending;
  open(partition, static_cast<PartitionLog::Offset>(from), false);
  return Progress::kDone;
}

Result<Progress> SimulatedTrades::open_committed(std::int32_t partition, UtcTime since) {
  if (!can_read({kTrades, partition})) return Progress::kPending;
  PartitionLog const& log = context_.cluster.log({kTrades, partition});
  PartitionLog::Offset from = 0;
  while (from < log.end() && utc(log.at(from).appended) < since) ++from;
  open(partition, from, true);
  return Progress::kDone;
}

Result<sink::PositionRead> SimulatedTrades::read(sink::TopicTrade& out) {
  PartitionLog const& log = context_.cluster.log(place_);
  // After an unclean election the log may be shorter than it was.
  for (end_ = std::min(end_, log.end()); next_ < end_;) {
    auto const& entry = log.at(next_);
    bool const is_read =
        committed_ ? log.is_visible(next_) : entry.kind == PartitionLog::Entry::Kind::kData;
    ++next_;
    if (!is_read || entry.value.empty()) continue;
    out = {.symbol = entry.key, .id = TradeId{std::stoull(entry.value)}, .time = UtcTime{}};
    return sink::PositionRead::kRecord;
  }
  return sink::PositionRead::kEnd;
}

Result<Progress> SimulatedTrades::find_time(sink::TopicPlace const& place, UtcTime& out) {
  Place const asked{static_cast<int>(place.topic), place.partition};
  if (!can_read(asked)) return Progress::kPending;
  PartitionLog const& log = context_.cluster.log(asked);
  auto const at = static_cast<PartitionLog::Offset>(place.offset);
  out = at < log.end() ? utc(log.at(at).appended) : UtcTime{};
  return Progress::kDone;
}

SimulatedPorts::SimulatedPorts(PortContext const& context, Rng rng)
    : journal_(context),
      group_(context, Rng{rng.next()}),
      transactions_(context, journal_, group_, Rng{rng.next()}),
      positions_(context, Rng{rng.next()}),
      trades_(context) {}

void SimulatedPorts::tick(bool muted) {
  group_.tick(muted);
  transactions_.tick();
  positions_.tick();
}

}  // namespace k2::simulation::kafka
