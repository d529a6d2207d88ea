#include "shard/tape_writer.hpp"

#include "core/planted.hpp"

#include <algorithm>
#include <utility>

namespace k2::shard {
namespace {

/// How soon a refused block is offered again.
constexpr std::chrono::milliseconds kRetry{10};

}  // namespace

TapeWriter::TapeWriter(sink::BatchDoor& journal, std::uint64_t next_sequence,
                       std::chrono::nanoseconds block_delay)
    : journal_(journal), block_delay_(block_delay), builder_(next_sequence) {}

void TapeWriter::append_with_gaps(std::span<Trade const> trades,
                                  std::vector<sink::DeclaredGap> gaps) {
  if (builder_.empty() && !trades.empty()) block_received_at_ = trades.front().received_at;
  for (Trade const& trade : trades) builder_.append(trade);
  for (sink::DeclaredGap& gap : gaps) extras_.gaps.push_back(std::move(gap));
  due_at_ = MonoTime::min();
}

void TapeWriter::add_dead_letter(sink::DeadLetter letter, MonoTime now) {
  ++dead_letters_;
  if (extras_.dead_letters.size() >= kDeadLettersWaitingMax) return;
  extras_.dead_letters.push_back(std::move(letter));
  due_at_ = std::min(due_at_, now + block_delay_);
}

void TapeWriter::flush(MonoTime now) {
  if (now < due_at_) return;
  due_at_ = hand_over() ? MonoTime::max() : now + kRetry;
}

bool TapeWriter::flush_all() {
  return hand_over();
}

bool TapeWriter::hand_over() {
  if (stalled_) {
    sink::Batch batch = std::move(*stalled_);
    stalled_.reset();
    if (!push(std::move(batch))) return false;
  }
  if (builder_.empty() && extras_.empty()) return true;
  sink::Batch batch = journal_.take_emptied();
  builder_.take(batch.block);
  batch.received_at = block_received_at_;
  batch.gaps.swap(extras_.gaps);
  batch.dead_letters.swap(extras_.dead_letters);
  return push(std::move(batch));
}

bool TapeWriter::push(sink::Batch&& batch) {
  if (journal_.try_push(std::move(batch))) return true;
  if (K2_PLANTED(kDropRefusedBatch)) return true;
  // NOLINTNEXTLINE(bugprone-use-after-move): what is refused has not been moved from
  stalled_ = std::move(batch);
  return false;
}

}  // namespace k2::shard
