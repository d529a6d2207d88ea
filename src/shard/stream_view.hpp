// The shard's part of a snapshot: once a second it copies what the shard's machines have counted.
// Pure, so that a simulated week yields the same series as a real one. io/stream_watch and
// tests/simulation drive it, on the shard's thread. It decides nothing.
#pragma once

#include "core/gap.hpp"
#include "shard/line_book.hpp"
#include "shard/shard.hpp"
#include "watch/snapshot.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace k2::shard {

/// Counts that the shard's shell keeps.
struct ShellCounts {
  LineBook const& lines;
  /// Declared gaps, and pieces of them, by GapState.
  std::array<std::uint64_t, kGapStates> gap_changes{};
  /// Units: bytes of text frames.
  std::uint64_t received_bytes = 0;
  std::optional<std::chrono::microseconds> clock_offset{};
  std::chrono::nanoseconds line_lifetime{};
  bool tls_verified = true;
};

class StreamView {
 public:
  explicit StreamView(MonoTime now) : last_at_(now) {}

  /// Fills in tape, links and REST. Rates are those since the last time.
  void show(Shard const& shard, ShellCounts const& shell, Now const& now,
            watch::Snapshot& snapshot);

 private:
  /// The state of a symbol at the previous snapshot.
  struct Seen {
    std::uint64_t received = 0;
    MonoTime changed_at;
  };

  [[nodiscard]] std::vector<watch::SymbolSnapshot> symbols(Shard const& shard, Now const& now);
  [[nodiscard]] watch::Tape tape(Shard const& shard, ShellCounts const& shell, Now const& now);

  MonoTime last_at_;
  std::uint64_t last_accepted_ = 0;
  std::vector<Seen> seen_;
};

}  // namespace k2::shard
