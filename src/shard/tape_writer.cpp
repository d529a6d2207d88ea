#include "shard/tape_writer.hpp"

#include "core/planted.hpp"

#include <algorithm>
#include <utility>

namespace k2::shard {
namespace {

/// The wait before a refused block is offered again.
constexpr std::chrono::milliseconds kRetry{10};

std::size_t memory_of(sink::DeadLetter const& letter) {
  constexpr std::size_t kAllocations = 64;
  return sizeof letter + letter.reason.size() + letter.detail.size() + letter.bytes.size() +
         kAllocations;
}

}  // namespace

sink::DeadLetter make_dead_letter(UtcTime received_at, Error const& why, std::string_view input) {
  std::string detail = why.detail;
  if (input.size() > kDeadLetterBytesMax) {
    detail += " (the first " + std::to_string(kDeadLetterBytesMax) + " of " +
              std::to_string(input.size()) + " bytes are kept)";
  }
  return {.received_at = received_at,
          .reason = std::string{errc_name(why.code)},
          .detail = std::move(detail),
          .bytes = std::string{input.substr(0, kDeadLetterBytesMax)}};
}

TapeWriter::TapeWriter(sink::BatchDoor& journal, std::uint64_t next_sequence,
                       std::chrono::nanoseconds block_delay)
    : journal_(journal), block_delay_(block_delay), builder_(next_sequence) {}

void TapeWriter::add_symbol(SymbolIndex index, Symbol const& symbol, std::string_view currency,
                            std::uint32_t generation) {
  builder_.add_symbol(index, symbol, currency);
  if (generation > 0) builder_.set_tape(index, sink::tape_name(symbol.text(), generation));
}

bool TapeWriter::begin_tape(SymbolIndex index, sink::TapeRestart restart) {
  due_at_ = MonoTime::min();
  if (!flush_all()) return false;
  restart.first_sequence = builder_.next_sequence();
  builder_.set_tape(index, sink::tape_name(restart.symbol, restart.generation));
  extras_.restarts.push_back(std::move(restart));
  return true;
}

void TapeWriter::append_with_gaps(std::span<Trade const> trades,
                                  std::vector<sink::DeclaredGap> gaps) {
  if (builder_.empty() && !trades.empty()) block_received_at_ = trades.front().received_at;
  for (Trade const& trade : trades) builder_.append(trade);
  for (sink::DeclaredGap& gap : gaps) extras_.gaps.push_back(std::move(gap));
  due_at_ = MonoTime::min();
}

void TapeWriter::add_dead_letter(sink::DeadLetter letter, MonoTime now) {
  ++dead_letters_;
  std::size_t const memory = memory_of(letter);
  if (extras_.dead_letters.size() >= kDeadLettersWaitingMax ||
      letter_memory_->load(std::memory_order_relaxed) + memory > kDeadLetterMemoryMax) {
    ++letters_dropped_;
    return;
  }
  letter_memory_->fetch_add(memory, std::memory_order_relaxed);
  extras_letter_memory_ += memory;
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
  batch.restarts.swap(extras_.restarts);
  if (extras_letter_memory_ > 0) {
    batch.letter_memory = {letter_memory_, std::exchange(extras_letter_memory_, 0)};
  }
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
