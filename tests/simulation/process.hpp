// The process under test: the real shard on a simulated disk, network and clock. It takes the place
// of io/shard_runner, and of app/stream_setup at each start: the shard continues with the
// positions, gaps and sequence number that the disk held. It can be killed at any moment.
#pragma once

#include "shard/shard.hpp"
#include "shard/stream_view.hpp"
#include "tests/simulation/disk.hpp"
#include "tests/simulation/id_spans.hpp"
#include "tests/simulation/network.hpp"
#include "tests/simulation/rest.hpp"
#include "tests/simulation/tally.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace k2::simulation {

class Process final : public LineListener {
 public:
  /// Chosen: an instant may bring a few events that each move the deadline.
  static constexpr std::uint64_t kTicksPerInstantMax = 100;

  Process(Clock& clock, Queue& queue, EventLog& log, Network& network, Rest& rest, Disk& disk,
          shard::ShardOptions options, Rng rng);

  void start();
  /// Dies immediately; its machine too unless `machine_lives`.
  void crash(bool machine_lives);
  /// Shuts down cleanly: all that was accepted is stored, and the counts are compared with the
  /// disk.
  void stop();

  /// Carries one more symbol from now on, as a reload of its settings does, or one less. A process
  /// that does not run begins with the symbols that there are then.
  void add_symbol(Symbol const& symbol);
  void remove_symbol(Symbol const& symbol);
  /// The next frame is followed by one of a trade with this id, which was never published.
  void follow_with_odd_id(Symbol const& symbol, std::uint64_t id);
  /// The tape of the symbol, which the disk does not hold, begins with this id at the next start.
  void begin_at(Symbol const& symbol, TradeId first);
  [[nodiscard]] bool carries(Symbol const& symbol) const;
  [[nodiscard]] std::size_t symbols() const noexcept { return options_.symbols.size(); }

  [[nodiscard]] bool running() const noexcept { return shard_ != nullptr; }
  /// The totals of all its lives that were shut down cleanly, and of the current one except for its
  /// counts.
  [[nodiscard]] Tally const& tally() const noexcept { return tally_; }
  /// Trades that its lines brought, each time they came.
  [[nodiscard]] std::uint64_t trades_heard() const noexcept { return trades_heard_; }
  /// The status of a running process.
  [[nodiscard]] shard::ShardStatus status() const { return shard_->status(); }
  /// The snapshot that the watch server of a running process would show now, except for the
  /// machine's own facts, such as its memory, which a simulation does not have.
  [[nodiscard]] watch::Snapshot snapshot();
  /// The largest number of trades that waited behind gaps together, and of pages of repair that
  /// came before their turn.
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
  void hear(std::string_view frame);
  void check_narrow(sink::DeclaredGap const& gap);
  static void check_minute(flow::MinuteVerdict const& minute);

  Clock& clock_;
  Queue& queue_;
  EventLog& log_;
  Network& network_;
  Rest& rest_;
  Disk& disk_;
  shard::ShardOptions options_;
  Rng rng_;
  std::unique_ptr<shard::Shard> shard_;
  /// The expected counts of a life.
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
  // By symbol: ids that lines brought in this life, and ids of declared gaps of any life.
  std::map<std::string, IdSpans, std::less<>> heard_;
  std::map<std::string, IdSpans, std::less<>> declared_;
  std::uint64_t heard_and_declared_ = 0;
  std::set<std::string, std::less<>> removed_;
  // The state that io/shard_runner and io/stream_watch hold in production.
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
