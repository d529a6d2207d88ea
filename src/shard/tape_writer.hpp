// The path from an accepted trade to the journal: trades are encoded into blocks as they come, and
// full or due blocks go to the journal's thread with the gaps and dead letters around them. It
// never waits: while the journal accepts nothing, admits() is false, and the shard stops accepting
// until there is room. One shard's thread.
#pragma once

#include "core/result.hpp"
#include "core/symbol.hpp"
#include "core/time.hpp"
#include "core/trade.hpp"
#include "sink/batch.hpp"
#include "sink/block.hpp"
#include "sink/tape_name.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace k2::shard {

/// Dead letters that may wait for the next block; more are only counted. Chosen: a flood of bad
/// frames adds no information after the first thousand.
inline constexpr std::size_t kDeadLettersWaitingMax = 1'000;

/// Memory that dead letters may hold until the journal has committed them; more are only counted.
/// Chosen: hundreds of the largest.
inline constexpr std::size_t kDeadLetterMemoryMax = std::size_t{4} << 20;

/// The part of an input that a dead letter keeps; its detail then states the whole size.
/// Units: bytes. Chosen: frames of a trade have 200 bytes, and the beginning shows what it was.
inline constexpr std::size_t kDeadLetterBytesMax = std::size_t{16} * 1024;

/// A dead letter of an input that may be of any size.
[[nodiscard]] sink::DeadLetter make_dead_letter(UtcTime received_at, Error const& why,
                                                std::string_view input);

class TapeWriter {
 public:
  /// Starts at `next_sequence`, the journal's next number. A block that is not full waits at most
  /// `block_delay` for more.
  TapeWriter(sink::BatchDoor& journal, std::uint64_t next_sequence,
             std::chrono::nanoseconds block_delay);

  /// `generation` is that of the symbol's tape.
  void add_symbol(SymbolIndex index, Symbol const& symbol, std::string_view currency,
                  std::uint32_t generation = 0);
  /// Hands over all that was accepted, and then has the symbol's trades belong to the generation
  /// that begins; its first sequence number is filled in here. False, and nothing has changed, when
  /// the journal does not take what was accepted.
  [[nodiscard]] bool begin_tape(SymbolIndex index, sink::TapeRestart restart);
  /// The name of the symbol's tape.
  [[nodiscard]] std::string const& tape(SymbolIndex index) const { return builder_.tape(index); }

  /// Encodes an accepted trade. Hot.
  void append(Trade const& trade, MonoTime now) {
    if (builder_.empty()) begin_block(trade, now);
    builder_.append(trade);
    if (builder_.full()) (void)hand_over();
  }
  /// Encodes trades that belong to declared gaps, with the changes of those gaps: all of it goes
  /// into one batch, so that no crash can separate a LATE trade from the record of its repair.
  void append_with_gaps(std::span<Trade const> trades, std::vector<sink::DeclaredGap> gaps);
  /// Takes a dead letter, or only counts it when too many wait.
  void add_dead_letter(sink::DeadLetter letter, MonoTime now);

  /// Hands over what is due.
  void flush(MonoTime now);
  /// Hands over everything; false when the journal did not take it.
  [[nodiscard]] bool flush_all();
  /// True while accepted trades can be stored.
  [[nodiscard]] bool admits() const noexcept { return !stalled_.has_value(); }
  /// The time at which flush() is due; max when nothing waits.
  [[nodiscard]] MonoTime next_deadline() const noexcept { return due_at_; }
  [[nodiscard]] std::uint64_t next_sequence() const noexcept { return builder_.next_sequence(); }
  /// All dead letters, those included that were only counted.
  [[nodiscard]] std::uint64_t dead_letters() const noexcept { return dead_letters_; }
  [[nodiscard]] std::uint64_t dead_letters_dropped() const noexcept { return letters_dropped_; }

 private:
  void begin_block(Trade const& trade, MonoTime now) {
    due_at_ = std::min(due_at_, now + block_delay_);
    block_received_at_ = trade.received_at;
  }
  [[nodiscard]] bool hand_over();
  [[nodiscard]] bool push(sink::Batch&& batch);

  sink::BatchDoor& journal_;
  std::chrono::nanoseconds block_delay_;
  sink::BlockBuilder builder_;
  sink::Batch extras_;  // gaps, dead letters and restarts of the next batch
  std::optional<sink::Batch> stalled_;
  MonoTime due_at_ = MonoTime::max();
  UtcTime block_received_at_{};
  std::uint64_t dead_letters_ = 0;
  std::uint64_t letters_dropped_ = 0;
  /// Held by all letters that are not committed yet; the journal's thread lowers it.
  std::shared_ptr<std::atomic<std::size_t>> letter_memory_ =
      std::make_shared<std::atomic<std::size_t>>(0);
  std::size_t extras_letter_memory_ = 0;  // the part of it that waits here
};

}  // namespace k2::shard
