#include "sink/delivery.hpp"

#include "core/assert.hpp"
#include "core/planted.hpp"
#include "sink/partition.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace k2::sink {

Delivery::Delivery(DeliveryOptions options, JournalFacts const& facts, MonoTime now)
    : options_(std::move(options)),
      tapes_(options_.journal, options_.partitions),
      started_(now),
      now_(now),
      marked_(now) {
  tapes_.begin(facts);
  recording_.all = options_.standby == Standby::kWarm;
}

void Delivery::on_assigned(std::span<std::int32_t const> partitions) {
  K2_ASSERT(!open_);
  ++counts_.rebalances;
  zombie_ = false;
  std::set<std::int32_t> const given{partitions.begin(), partitions.end()};
  if (!std::exchange(member_, true) && options_.standby == Standby::kCold) {
    // The first assignment after a silence names all own partitions: the rest of what was recorded
    // belongs to others.
    auto const before = recording_.partitions;
    bool const all = std::exchange(recording_.all, false);
    if (all) recording_.partitions = given;
    std::erase_if(recording_.partitions, [&](std::int32_t one) { return !given.contains(one); });
    recording_changed_ = recording_changed_ || all || recording_.partitions != before;
  }
  spoken_to_ = true;
  if (given.empty()) return;
  loading_.partitions.insert(given.begin(), given.end());
  change_loading();
}

void Delivery::on_revoked(std::span<std::int32_t const> partitions) {
  K2_ASSERT(!open_);
  ++counts_.rebalances;
  for (std::int32_t const partition : partitions) {
    tapes_.release(partition);
    owned_.erase(partition);
    std::erase_if(compared_, [&](HangingNote const& one) { return one.partition == partition; });
    if (loading_.partitions.erase(partition) > 0) change_loading();
    if (options_.standby == Standby::kCold && recording_.partitions.erase(partition) > 0) {
      recording_changed_ = true;
    }
  }
}

void Delivery::on_lost() {
  K2_ASSERT(!open_);
  ++counts_.rebalances;
  ++counts_.lost;
  zombie_ = true;
  member_ = false;
  forget_all();
  loading_.partitions.clear();
  change_loading();
}

/// Owns nothing for the moment. Recording continues: it costs little, and Kafka may be down for
/// all.
void Delivery::forget_all() {
  for (std::int32_t const partition : owned_) tapes_.release(partition);
  owned_.clear();
  compared_.clear();
}

void Delivery::on_producer_opened() {
  producer_ = true;
  open_ = refused_ = false;
}

void Delivery::on_failed() {
  producer_ = false;
  if (!K2_PLANTED(kBelieveUnknownCommit)) return reload();
  tapes_.committed();
  letters_.committed();
  open_ = refused_ = false;
}

/// Nothing that is remembered of the topic counts any more.
void Delivery::reload() {
  tapes_.roll_back();
  letters_.forget(now_);
  seek_ = true;
  open_ = refused_ = false;
  auto const ours = owned_;
  forget_all();
  loading_.partitions.insert(ours.begin(), ours.end());
  change_loading();
}

void Delivery::change_loading() {
  ++loading_.ticket;
  unsettled_since_.reset();
}

void Delivery::on_unsettled() {
  bool const goes_on = now_ - unsettled_until_ <= kLookPatience;
  if (!unsettled_since_ || !goes_on) unsettled_since_ = now_;
  unsettled_until_ = now_;
}

void Delivery::on_swept() {
  K2_ASSERT(!open_);
  producer_ = false;
  reload();
}

void Delivery::on_begun() {
  K2_ASSERT(producer_ && !open_);
  open_ = true;
}

void Delivery::on_refused(bool zombie) {
  refused_ = true;
  zombie_ = zombie_ || zombie;
}

void Delivery::on_aborted() {
  if (K2_PLANTED(kSettleRejected) && !zombie_) {
    refused_ = false;
    return on_settled();
  }
  if (!K2_PLANTED(kStayAfterAbort)) return reload();
  tapes_.roll_back();
  open_ = refused_ = false;
  seek_ = true;
}

void Delivery::on_settled() {
  K2_ASSERT(open_ || !tapes_.has_moved());
  tapes_.committed();
  letters_.committed();
  if (!std::exchange(open_, false)) return;
  zombie_ = false;
  compared_.clear();
}

void Delivery::on_gaps(std::span<DeclaredGap const> gaps) {
  K2_ASSERT(!open_);
  tapes_.note_gaps(gaps);
  lacking_ = tapes_.lacking(gaps);
  if (K2_PLANTED(kReopenUnread)) to_reopen_ = *std::exchange(lacking_, std::nullopt);
}

/// A gap that was filled before the look is in a block that has been read since.
void Delivery::on_journal_end() {
  if (!lacking_) return;
  auto lost = *std::exchange(lacking_, std::nullopt);
  tapes_.keep_missing(lost);
  if (K2_PLANTED(kNeverReopen)) return;
  for (SymbolIds& one : lost_.on_look(std::move(lost), now_)) to_reopen_.push_back(std::move(one));
}

void Delivery::tick(MonoTime now) {
  now_ = now;
  if (now - marked_ >= kMarkInterval) {
    marked_ = now;
    tapes_.mark();
    gap_look_ = gap_look_ || tapes_.has_missing();
  }
  if (!spoken_to_ && !recording_.all && now - started_ >= kAlonePatience) {
    recording_.all = recording_changed_ = true;
  }
}

DeliveryStep Delivery::next() const noexcept {
  if (!producer_) return DeliveryStep::kOpenProducer;
  if (refused_) return DeliveryStep::kAbort;
  if (!open_ && unsettled_since_ && unsettled_until_ - *unsettled_since_ >= kOutcomePatience &&
      !K2_PLANTED(kNeverSweep)) {
    return DeliveryStep::kSweep;
  }
  // While nothing is known to be ours, reading would pass over what may be.
  if (!member_ || (owned_.empty() && !loading_.partitions.empty())) return DeliveryStep::kWait;
  return DeliveryStep::kRead;
}

void Delivery::on_loaded(std::uint64_t ticket, PositionBook const& book, JournalFacts const& facts,
                         std::span<std::int32_t const> refuted) {
  K2_ASSERT(!open_);
  if (ticket != loading_.ticket || !is_loading()) return;
  std::vector<std::int32_t> const loaded{loading_.partitions.begin(), loading_.partitions.end()};
  if (tapes_.load(loaded, book, facts, refuted)) seek_ = true;
  owned_.insert(loaded.begin(), loaded.end());
  std::ranges::move(book.hanging(loading_.partitions), std::back_inserter(compared_));
  // A journal that has lost its tail numbers anew.
  if (!letters_.is_known()) {
    auto const told = K2_PLANTED(kForgetLetters) ? 0 : book.letters(options_.journal);
    letters_.known(std::min(told, facts.newest_letter));
  }
  if (loaded.empty()) return change_loading();
  for (auto const& [symbol, position] : book.symbols()) {
    if (loading_.partitions.contains(partition_of(symbol, options_.partitions))) {
      recording_.positions.insert_or_assign(symbol, position);
    }
  }
  if (options_.standby == Standby::kCold) {
    recording_.partitions.insert(loaded.begin(), loaded.end());
  }
  recording_changed_ = true;
  loading_.partitions.clear();
  change_loading();
}

bool Delivery::take_seek() noexcept {
  return std::exchange(seek_, false);
}

std::optional<Recording> Delivery::take_recording() {
  if (!std::exchange(recording_changed_, false)) return std::nullopt;
  Recording taken = recording_;
  recording_.positions.clear();
  return taken;
}

}  // namespace k2::sink
