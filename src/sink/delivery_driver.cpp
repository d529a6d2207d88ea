#include "sink/delivery_driver.hpp"

#include "core/planted.hpp"

#include <algorithm>
#include <utility>

namespace k2::sink {

DeliveryDriver::DeliveryDriver(DriverOptions options, DeliveryPorts ports,
                               DeliveryObserver& observer, JournalFacts const& facts, Now now)
    : options_(std::move(options)),
      ports_(ports),
      observer_(observer),
      delivery_(options_.delivery, facts, now.mono),
      loader_(ports, options_.delivery.journal, options_.delivery.partitions),
      sweep_(ports, options_.delivery.journal, options_.delivery.partitions),
      pace_(options_.commit_interval),
      size_(options_.commit_records_max),
      now_(now),
      stage_since_(now.mono),
      retry_at_(now.mono),
      retry_(options_.retry_first),
      delivered_sequence_(facts.first_sequence),
      needed_sequence_(facts.first_sequence),
      owned_until_(now.mono),
      began_(now.mono) {}

DriverWait DeliveryDriver::step(Now now) {
  now_ = now;
  wait_ = {};
  delivery_.tick(now.mono);
  if (now.mono < retry_at_) {
    // The group is polled meanwhile: a rebalance must not wait for this process.
    if (!open_) (void)poll_group({});
    return {DriverWait::For::kRetry, retry_at_ - now.mono};
  }
  if (auto const done = advance(); !done) handle_failure(done.error());
  return wait_;
}

Result<void> DeliveryDriver::advance() {
  switch (stage_) {
    case Stage::kIdle:
      return idle();
    case Stage::kOpen:
      return open();
    case Stage::kGather:
      return gather();
    case Stage::kOffsets:
      return send_offsets();
    case Stage::kFlush:
      return flush();
    case Stage::kCommit:
      return commit();
    case Stage::kAbort:
      return abort();
    case Stage::kSweep:
      return sweep();
  }
  return {};
}

void DeliveryDriver::enter(Stage stage) {
  stage_ = stage;
  stage_since_ = now_.mono;
}

Result<bool> DeliveryDriver::is_done(Result<Progress> const& progress,
                                     std::string_view what) const {
  if (!progress) return progress.error();
  if (*progress == Progress::kDone) return true;
  if (now_.mono - stage_since_ < kRequestTimeout) return false;
  return Error{Errc::kTimeout, std::string{what} + ": the brokers did not answer within 30 s"};
}

bool DeliveryDriver::is_ambiguous() {
  return ports_.transaction.is_ambiguous() && !K2_PLANTED(kTrustBrokenConnection);
}

/// No transaction is open, or the open one was rejected.
Result<void> DeliveryDriver::idle() {
  if (delivery_.next() == DeliveryStep::kOpenProducer) {
    drop_producer();
    enter(Stage::kOpen);
    return open();
  }
  if (is_ambiguous() && !K2_PLANTED(kKeepProducerEpoch)) {
    replace_producer();
    return {};
  }
  if (!open_) {
    if (auto const polled = poll_group({}); !polled) return polled;
    if (auto const loaded = load(); !loaded) return loaded;
  }
  switch (delivery_.next()) {
    case DeliveryStep::kRead:
      return start_gathering();
    case DeliveryStep::kAbort:
      enter(Stage::kAbort);
      return abort();
    case DeliveryStep::kSweep:
      return start_sweep();
    case DeliveryStep::kWait:
      return loader_.is_active() ? Result<void>{} : poll_group(kIdle);
    case DeliveryStep::kOpenProducer:
      return {};
  }
  return {};
}

Result<void> DeliveryDriver::open() {
  auto const opened = is_done(ports_.transaction.open(), "opening a producer");
  if (!opened || !*opened) return opened ? Result<void>{} : opened.error();
  if (auto const joined = ports_.group.join(); !joined) return joined;
  delivery_.on_producer_opened();
  enter(Stage::kIdle);
  report({.kind = DeliveryEvent::Kind::kConnected});
  return {};
}

Result<void> DeliveryDriver::poll_group(std::chrono::milliseconds patience) {
  group_changes_.clear();
  auto const polled = ports_.group.poll(patience, group_changes_);
  for (GroupChange const& change : group_changes_) {
    switch (change.kind) {
      case GroupChange::Kind::kAssigned:
        delivery_.on_assigned(change.partitions);
        break;
      case GroupChange::Kind::kRevoked:
        delivery_.on_revoked(change.partitions);
        break;
      case GroupChange::Kind::kLost:
        delivery_.on_lost();
        break;
    }
    report({.kind = DeliveryEvent::Kind::kGroupChanged, .group = change});
  }
  if (!polled && ports_.group.is_over()) {
    delivery_.on_lost();
    loader_.stop();
  }
  return polled;
}

/// Reads the positions of partitions that are new, and how far dead letters are delivered, one step
/// at a time.
Result<void> DeliveryDriver::load() {
  auto const& wanted = delivery_.loading();
  if (!delivery_.is_loading()) {
    loader_.stop();
    return {};
  }
  bool const is_stale = loader_.ticket() != wanted.ticket && !K2_PLANTED(kStaleLoad);
  if (!loader_.is_active() || is_stale) {
    loader_.start(wanted.ticket, wanted.partitions, !delivery_.letters_known());
  }
  auto const state = loader_.step();
  if (!state) {
    loader_.stop();
    return state.error();
  }
  if (*state == LoadState::kPendingTransactions) delivery_.on_unsettled();
  return *state == LoadState::kDone ? finish_loading() : Result<void>{};
}

Result<void> DeliveryDriver::finish_loading() {
  auto const facts = ports_.journal.facts();
  if (!facts) return facts.error();
  auto const hints = delivery_.hints(loader_.book());
  auto refuted = ports_.journal.refuted_hints(hints);
  if (!refuted) return refuted.error();
  if (!refuted->empty()) {
    report({.kind = DeliveryEvent::Kind::kJournalWentBack, .partitions = *refuted});
  }
  if (!loader_.book().corrected().empty()) {
    report({.kind = DeliveryEvent::Kind::kPositionsCorrected,
            .corrected = loader_.book().corrected()});
  }
  auto const before = delivery_.head();
  bool const has_partitions = !delivery_.loading().partitions.empty();
  delivery_.on_loaded(delivery_.loading().ticket, loader_.book(), *facts, *refuted);
  // The hints were checked by the same reader.
  if (auto const placed = ports_.journal.seek(delivery_.head()); !placed) return placed;
  (void)delivery_.take_seek();
  loader_.stop();
  hanging_attempts_ = 0;
  if (!has_partitions) return {};
  auto const& owned = delivery_.owned();
  report({.kind = DeliveryEvent::Kind::kPartitionsLoaded,
          .partitions = {owned.begin(), owned.end()},
          .next_sequence = delivery_.head(),
          .went_back = before - delivery_.head(),
          .behind = facts->end_sequence - std::min(delivery_.head(), facts->end_sequence)});
  return {};
}

/// Transactions start a commit interval apart and their records are produced together: the client
/// library queries the coordinator for each partition whose first record arrives, in one request
/// for all partitions of the same millisecond. Without transactions a record is sent as soon as it
/// is there.
Result<void> DeliveryDriver::start_gathering() {
  auto const left = pace_.left(now_.mono);
  if (options_.transactions && !is_finishing() && left > std::chrono::nanoseconds::zero()) {
    wait_ = {DriverWait::For::kCommitTurn, std::min<std::chrono::nanoseconds>(left, kIdle)};
    return {};
  }
  if (delivery_.take_seek()) {
    if (auto const placed = ports_.journal.seek(delivery_.head()); !placed) return placed;
  }
  if (delivery_.take_gap_look()) {
    auto const gaps = ports_.journal.gaps();
    if (!gaps) return gaps.error();
    delivery_.on_gaps(*gaps);
  }
  received_.clear();
  gathered_ = 0;
  began_ = now_.mono;
  enter(Stage::kGather);
  return gather();
}

Result<void> DeliveryDriver::gather() {
  auto const more = gather_step();
  if (!more) return more.error();
  if (!*more) delivery_.on_journal_end();
  auto const due = began_ + options_.commit_interval;
  bool const is_full = gathered_ >= size_.limit();
  if (*more && !is_full && (options_.transactions || now_.mono < due)) return {};
  bool const waits_for_more = gathered_ > 0 && !options_.transactions && !is_finishing();
  if (!*more && !is_full && waits_for_more && now_.mono < due) {
    wait_ = {DriverWait::For::kJournal, due - now_.mono};
    return {};
  }
  pace_.on_gathered(began_, gathered_, is_full);
  return close_transaction();
}

/// Returns true while the journal may hold more.
Result<bool> DeliveryDriver::gather_step() {
  JournalRecord record;
  for (std::uint64_t count = 0; count < kRecordsPerStep && gathered_ < size_.limit(); ++count) {
    auto const more = ports_.journal.next(record);
    if (!more) return more.error();
    if (!*more) return false;
    ++gathered_;
    if (auto const delivered = deliver(record); !delivered) return delivered.error();
  }
  return true;
}

Result<void> DeliveryDriver::deliver(JournalRecord const& record) {
  auto const admission = delivery_.admit(record.sequence, record.symbol, record.id, record.late);
  if (admission == Admission::kSkip) return {};
  if (!open_) {
    if (auto const started = begin(); !started) return started;
  }
  auto const produced = ports_.transaction.produce(record, admission == Admission::kDeliverLate);
  if (produced) received_.push_back(record.received);
  return produced;
}

Result<void> DeliveryDriver::begin() {
  if (auto const started = ports_.transaction.begin(); !started) return started;
  open_ = true;
  delivery_.on_begun();
  return {};
}

/// All records are gathered; what belongs into the same transaction follows.
Result<void> DeliveryDriver::close_transaction() {
  staged_dead_letters_.reset();
  if (auto const after = delivery_.letters_due()) {
    auto const staged = ports_.journal.stage_dead_letters(*after);
    if (!staged) return staged.error();
    staged_dead_letters_ = *staged;
  }
  dead_letters_done_ = is_finishing() && !staged_dead_letters_;
  bool const is_empty =
      !delivery_.has_moved() && !staged_dead_letters_ && delivery_.compared().empty();
  if (!open_ && is_empty) {
    delivery_.on_settled();
    note_settled();
    enter(Stage::kIdle);
    bool const rests = gathered_ == 0 && !finished() && !loader_.is_active();
    if (rests) wait_ = {DriverWait::For::kJournal, kIdle};
    return {};
  }
  if (!open_) {
    if (auto const started = begin(); !started) return started;
  }
  if (auto const produced = produce_gaps(); !produced) return produced;
  if (staged_dead_letters_) {
    if (auto const produced = ports_.transaction.produce_dead_letters(); !produced) return produced;
    delivery_.on_letters(*staged_dead_letters_);
  }
  delivery_.moved(moved_);
  touched_.clear();
  for (MovedPosition const& position : moved_) touched_.push_back(position.partition);
  for (HangingNote const& note : delivery_.compared()) touched_.push_back(note.partition);
  std::ranges::sort(touched_);
  touched_.erase(std::ranges::unique(touched_).begin(), touched_.end());
  if (K2_PLANTED(kPositionsBeforeRecords)) {
    if (auto const produced = produce_positions(); !produced) return produced;
  }
  enter(Stage::kOffsets);
  return {};
}

/// Produces the changes of declared gaps, with the reasons that the journal gives.
Result<void> DeliveryDriver::produce_gaps() {
  if (K2_PLANTED(kGapsOutside)) (void)ports_.transaction.produce_gaps(gaps_);
  gaps_.clear();
  delivery_.gap_changes(gap_changes_);
  if (gap_changes_.empty()) return {};
  std::vector<DeclaredGap> journal;
  // Filling a large gap takes thousands of transactions, and needs no reason from the journal.
  auto const is_filled = [](auto const& one) { return one.state == GapState::kRepaired; };
  if (!std::ranges::all_of(gap_changes_, is_filled)) {
    auto known = ports_.journal.gaps();
    if (!known) return known.error();
    journal = *std::move(known);
  }
  for (GapChange const& change : gap_changes_) gaps_.push_back(told(change, journal, now_.utc));
  if (K2_PLANTED(kGapsOutside)) return {};
  return ports_.transaction.produce_gaps(gaps_);
}

Result<void> DeliveryDriver::produce_positions() {
  return ports_.transaction.produce_positions(moved_, staged_dead_letters_, delivery_.compared());
}

/// The brokers receive the records while the group coordinator answers. If no partition was
/// touched, the client library sends no request to it.
Result<void> DeliveryDriver::send_offsets() {
  if (options_.transactions && !touched_.empty() && !K2_PLANTED(kSkipGroupCheck)) {
    auto const sent =
        is_done(ports_.transaction.send_offsets(touched_), "sending the group's offsets");
    if (!sent || !*sent) return sent ? Result<void>{} : sent.error();
  }
  enter(Stage::kFlush);
  return {};
}

Result<void> DeliveryDriver::flush() {
  auto const flushed = is_done(ports_.transaction.flush(), "waiting for the acknowledgements");
  if (!flushed || !*flushed) return flushed ? Result<void>{} : flushed.error();
  if (!K2_PLANTED(kPositionsBeforeRecords)) {
    if (auto const produced = produce_positions(); !produced) return produced;
  }
  if (is_ambiguous()) {
    // A commit would also decide about partitions that never received the marker of an earlier
    // transaction (KAFKA-20734).
    replace_producer();
    return {};
  }
  enter(Stage::kCommit);
  return {};
}

Result<void> DeliveryDriver::commit() {
  auto const committed = is_done(ports_.transaction.commit(), "commit");
  if (!committed || !*committed) return committed ? Result<void>{} : committed.error();
  open_ = false;
  delivery_.on_settled();
  size_.on_committed(gathered_, now_.mono - began_);
  retry_ = options_.retry_first;
  observer_.on_committed(received_, now_.utc);
  if (std::exchange(failing_, false)) report({.kind = DeliveryEvent::Kind::kRecovered});
  note_settled();
  enter(Stage::kIdle);
  return {};
}

Result<void> DeliveryDriver::abort() {
  auto const aborted = is_done(ports_.transaction.abort(), "abort");
  if (!aborted || !*aborted) return aborted ? Result<void>{} : aborted.error();
  open_ = false;
  size_.on_failed(now_.mono - began_);
  delivery_.on_aborted();
  enter(Stage::kIdle);
  report({.kind = DeliveryEvent::Kind::kAborted});
  return {};
}

Result<void> DeliveryDriver::start_sweep() {
  loader_.stop();
  drop_producer();
  delivery_.on_swept();
  sweep_.start();
  enter(Stage::kSweep);
  return sweep();
}

Result<void> DeliveryDriver::sweep() {
  auto const before = sweep_.stage();
  auto const swept = is_done(sweep_.step(), "aborting hanging transactions");
  if (!swept) return swept.error();
  if (*swept) enter(Stage::kIdle);
  if (sweep_.stage() == before) return {};
  enter(Stage::kSweep);
  if (sweep_.stage() == HangingSweep::Stage::kAbort) {
    report({.kind = DeliveryEvent::Kind::kAbortingHangingTransactions,
            .journals = sweep_.journals(),
            .earlier_attempts = hanging_attempts_++});
  }
  return {};
}

void DeliveryDriver::drop_producer() {
  ports_.transaction.close();
  open_ = false;
}

void DeliveryDriver::replace_producer() {
  drop_producer();
  delivery_.on_failed();
  enter(Stage::kIdle);
  report({.kind = DeliveryEvent::Kind::kProducerReplaced});
}

/// While positions are being read, the journal may hold undelivered records before the head.
void DeliveryDriver::note_settled() {
  if (!delivery_.loading().partitions.empty()) return;
  delivered_sequence_ = delivery_.head();
  if (!delivery_.owned().empty()) owned_until_ = now_.mono;
  bool const is_standby = now_.mono - owned_until_ >= kStandbyPatience;
  if (!delivery_.owned().empty() || is_standby) needed_sequence_ = delivered_sequence_;
}

/// A transaction that Kafka rejected is aborted. After any other failure the outcome may be
/// unknown: the next producer fences what is on its way and reads what the topic holds.
void DeliveryDriver::handle_failure(Error const& error) {
  bool const fenced = error.code == Errc::kKafkaFenced;
  if (fenced) report({.kind = DeliveryEvent::Kind::kFenced, .error = error});
  bool const can_abort =
      open_ && stage_ != Stage::kAbort && ports_.transaction.can_abort() && !is_ambiguous();
  if (can_abort) {
    if (!fenced) note_failure(error);
    delivery_.on_refused(fenced);
    enter(Stage::kIdle);
    retry_at_ = now_.mono + kRejectedPause;
    wait_ = {DriverWait::For::kRetry, kRejectedPause};
    return;
  }
  note_failure(error);
  if (open_) size_.on_failed(now_.mono - began_);
  loader_.stop();
  ports_.positions.close();
  ports_.trades.close();
  drop_producer();
  delivery_.on_failed();
  enter(Stage::kIdle);
  retry_at_ = now_.mono + retry_;
  wait_ = {DriverWait::For::kRetry, retry_};
  retry_ = std::min(retry_ * 2, options_.retry_max);
}

void DeliveryDriver::note_failure(Error const& error) {
  failing_ = true;
  report({.kind = DeliveryEvent::Kind::kFailed, .error = error});
}

bool DeliveryDriver::finished() const noexcept {
  if (!finish_at_ || stage_ != Stage::kIdle || open_) return false;
  if (delivery_.is_loading()) return false;
  if (!dead_letters_done_ && delivery_.letters_due()) return false;
  return delivery_.head() >= *finish_at_;
}

}  // namespace k2::sink
