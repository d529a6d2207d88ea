// The base of every scenario: a world with production's own settings, an end up to which all that
// was published must be stored, and the table of counts that an operator would see.
#pragma once

#include "tests/simulation/scene.hpp"
#include "tests/simulation/story.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace k2::simulation {

/// The program's default settings.
[[nodiscard]] shard::ShardOptions production(std::vector<Symbol> const& symbols);

/// So many symbols, with made-up names.
[[nodiscard]] std::vector<Symbol> many_symbols(std::size_t count);

/// Checks that a number of the scenario is within these bounds.
/// Throws OracleFailure when it is not.
void demand_between(std::string_view what, std::uint64_t number, std::uint64_t least,
                    std::uint64_t most);
void demand_exactly(std::string_view what, std::uint64_t number, std::uint64_t wanted);
void demand_at_most(std::string_view what, std::uint64_t number, std::uint64_t most);
void demand_at_least(std::string_view what, std::uint64_t number, std::uint64_t least);

class Stage : public Scene {
 protected:
  Stage(StoryOptions const& options, double trades_per_second, shard::ShardOptions const& shard);
  ~Stage() = default;

  /// Runs to the end, and on until all that was published by then is stored. The process has been
  /// shut down cleanly afterwards.
  void play_until(MonoTime end);
  /// The counts that an operator would have by now.
  [[nodiscard]] Tally const& tally() const { return process_.tally(); }
  /// The counts, a line each, with `more` lines of the scenario's own behind them.
  [[nodiscard]] std::string table(std::string_view more = {}) const;
  /// A line of the table.
  [[nodiscard]] static std::string row(std::string_view name, std::string_view said);

  StoryOptions options_;
  std::uint64_t troubles_ = 0;

 private:
  void scrape();

  MonoTime end_{};
};

}  // namespace k2::simulation
