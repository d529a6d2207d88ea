// The totals of a process over all its lives, as an operator would see them: connections by the
// reason they were opened or lost, gaps and how long they lasted, and the counts that each life
// ended with.
#pragma once

#include "shard/outbox.hpp"
#include "shard/shard.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace k2::simulation {

struct Tally {
  std::map<std::string, std::uint64_t> opened;  // by the reason for the connection
  std::map<std::string, std::uint64_t> lost;    // by the reason for its end
  std::uint64_t holes = 0;
  std::vector<std::chrono::nanoseconds> repairs;
  std::uint64_t lives = 0;
  std::uint64_t connects = 0;
  std::uint64_t losses = 0;
  std::uint64_t rotations = 0;
  std::uint64_t pings = 0;
  std::uint64_t accepted = 0;
  std::uint64_t backfilled = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t late = 0;
  std::uint64_t gaps_declared = 0;
  std::uint64_t rest_requests = 0;
  std::uint64_t minutes_complete = 0;
  std::uint64_t minutes_incomplete = 0;
  /// The comparison, in the last life, of the connections with the same streams.
  std::vector<feed::Runner> runners;

  void take(feed::OpenLine const& opening) {
    ++opened[std::string{feed::line_reason_name(opening.why)}];
  }
  void take(feed::LineChanged const& change) {
    using feed::LineReason;
    if (change.to != feed::LineState::kClosed || change.reason == LineReason::kReplaced) return;
    std::string const why{change.detail.empty() ? std::string{feed::line_reason_name(change.reason)}
                                                : change.detail.substr(0, change.detail.find(':'))};
    ++lost[why];
  }
  void take(flow::HoleChange const& hole) {
    if (!hole.closed) ++holes;
    if (hole.closed) repairs.push_back(hole.age);
  }
  /// The number of connections opened for a reason.
  [[nodiscard]] std::uint64_t opened_for(std::string const& reason) const {
    auto const found = opened.find(reason);
    return found == opened.end() ? 0 : found->second;
  }
  /// A life is over.
  void take(shard::ShardStatus const& status) {
    ++lives;
    connects += status.lines.connects;
    losses += status.lines.losses;
    rotations += status.lines.rotations;
    pings += status.lines.pings;
    accepted += status.counts.accepted;
    backfilled += status.counts.backfilled;
    duplicates += status.counts.duplicates;
    late += status.counts.late;
    gaps_declared += status.counts.gaps_declared;
    rest_requests += status.counts.rest_requests;
    minutes_complete += status.audit.complete;
    minutes_incomplete += status.audit.incomplete;
    runners = status.runners;
  }
};

}  // namespace k2::simulation
