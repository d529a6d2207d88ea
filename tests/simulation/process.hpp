// The process under test: the real shard on a simulated disk, network and clock. It plays the part
// of io/shard_runner, and of app/stream_setup at each start: the shard goes on with the positions,
// gaps and sequence number that the disk held. It can be killed at any moment.
#pragma once

#include "shard/shard.hpp"
#include "shard/stream_view.hpp"
#include "tests/simulation/disk.hpp"
#include "tests/simulation/network.hpp"
#include "tests/simulation/rest.hpp"
#include "tests/simulation/tally.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace k2::simulation {

class Process final : public LineListener {
 public:
  /// Chosen: an instant may bring a few events that each move the deadline.
  static constexpr std::uint64_t kTicksPerInstantMax = 100;

  Process(Clock& clock, Queue& queue, EventLog& log, Network& network, Rest& rest, Disk& disk,
          shard::ShardOptions options, Rng rng);

  void start();
  /// Dies at once; its machine too when that does not live on.
  void crash(bool machine_lives);
  /// Ends in peace: all that was accepted is stored, and the counts are held against the disk.
  void stop();

  /// Carries one more symbol from now on, as a reload of its settings does, or one less. A process
  /// that does not run begins with the symbols that there are then.
  void add_symbol(Symbol const& symbol);
  void remove_symbol(Symbol const& symbol);
  /// The next frame is followed by one of a trade with this id, which was never published.
  void follow_with_odd_id(Symbol const& symbol, std::uint64_t id);
  [[nodiscard]] bool carries(Symbol const& symbol) const;
  [[nodiscard]] std::size_t symbols() const noexcept { return options_.symbols.size(); }

  [[nodiscard]] bool running() const noexcept { return shard_ != nullptr; }
  /// Of all its lives that ended in peace, and of the one that runs but for its counts.
  [[nodiscard]] Tally const& tally() const noexcept { return tally_; }
  /// Trades that its lines brought, each time they came.
  [[nodiscard]] std::uint64_t trades_heard() const noexcept { return trades_heard_; }
  /// Of a process that runs.
  [[nodiscard]] shard::ShardStatus status() const { return shard_->status(); }
  /// Of a process that runs: what its watch server would show now, but for the machine's own facts,
  /// such as its memory, which a simulation has none of.
  [[nodiscard]] watch::Snapshot snapshot();
  /// Trades that waited behind holes at once, and pages of repair that came before their turn.
  [[nodiscard]] std::size_t waiting_max() const noexcept { return waiting_max_; }
  [[nodiscard]] std::size_t shelved_max() const noexcept { return shelved_max_; }

  void on_opened(LineId line) override;
  void on_text(LineId line, std::string_view frame) override;
  void on_pong(LineId line) override;
  void on_batch_end(LineId line) override;
  void on_closed(LineId line, Error const& why,
                 std::optional<std::chrono::seconds> retry_after) override;

 private:
  [[nodiscard]] shard::ShardOptions options_from_disk() const;
  void after_event();
  void arm_timer();
  void perform(feed::FeedAction const& action);
  void perform(shard::Fetch const& fetch);
  void note(shard::Note const& note);
  void check_bounds();
  void check_counts() const;
  void check_spin();

  Clock& clock_;
  Queue& queue_;
  EventLog& log_;
  Network& network_;
  Rest& rest_;
  Disk& disk_;
  shard::ShardOptions options_;
  Rng rng_;
  std::unique_ptr<shard::Shard> shard_;
  /// What a life's counts must be.
  struct Truth {
    std::uint64_t connects = 0;
    std::uint64_t pings = 0;
    std::uint64_t rotations = 0;
    std::uint64_t replacements = 0;
    std::uint64_t ids_declared = 0;
  };
  Truth truth_;
  std::uint64_t trades_heard_ = 0;
  std::string odd_frame_;
  // What io/shard_runner and io/stream_watch would hold.
  shard::LineBook book_;
  std::array<std::uint64_t, kGapStates> gap_changes_{};
  std::uint64_t received_bytes_ = 0;
  std::optional<shard::StreamView> view_;
  Now started_{};
  std::uint64_t life_ = 0;  // what an earlier life waited for does not count
  MonoTime timer_at_ = MonoTime::max();
  RecordCounts stored_before_;
  Tally tally_;
  std::size_t waiting_max_ = 0;
  std::size_t shelved_max_ = 0;
  MonoTime ticked_at_ = MonoTime::min();
  std::uint64_t ticks_ = 0;
};

}  // namespace k2::simulation
