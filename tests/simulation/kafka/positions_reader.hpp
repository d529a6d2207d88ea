// A model of the consumers with which K2 reads positions: one sees only committed records, the
// other queries the ends of partitions. The records themselves are read from the cluster's logs,
// whose stable part never changes.
#pragma once

#include "core/result.hpp"
#include "tests/simulation/kafka/client.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace k2::simulation::kafka {

class PositionsReader {
 public:
  PositionsReader(int process, Network& network, Cluster& cluster, Rng rng);

  /// Finds the ends of these partitions of the positions topic, and then reads them.
  [[nodiscard]] Result<sink::Progress> open(std::set<std::int32_t> const& partitions,
                                            sink::ReadEnd end);
  [[nodiscard]] Result<sink::PositionRead> read(sink::PositionRecord& out);
  [[nodiscard]] Result<sink::Progress> find_offsets(std::span<sink::TopicPlace> places,
                                                    bool read_committed);
  [[nodiscard]] std::int64_t end_of(std::int32_t partition) const {
    return static_cast<std::int64_t>(partitions_.at(partition).first_end);
  }
  void tick() { client_.tick(); }

 private:
  struct Partition {
    PartitionLog::Offset end = 0;
    /// The end before an election could shorten the log.
    PartitionLog::Offset first_end = 0;
    PartitionLog::Offset next = 0;
    /// The last stable offset that the newest Fetch request returned.
    std::optional<PartitionLog::Offset> stable;
    bool fetching = false;
  };
  struct Ready {
    std::int32_t partition = 0;
    std::string key;
    std::string value;
  };
  /// One question for the offsets of several places, a request for each leader.
  struct Lookup {
    std::vector<Place> places;
    bool read_committed = false;
    std::map<Place, std::int64_t> offsets;
    bool failed = false;
  };

  [[nodiscard]] Result<sink::Progress> look_up(std::vector<Place> places, bool read_committed);
  void fetch(std::int32_t number, Partition& partition);
  void take(std::int32_t number, Partition& partition);

  Network& network_;
  Cluster& cluster_;
  Client client_;
  MonoTime give_up_at_;
  std::shared_ptr<Lookup> lookup_;
  bool open_ = false;
  std::map<std::int32_t, Partition> partitions_;
  std::deque<Ready> ready_;
  Ready current_;
  bool failed_ = false;
};

}  // namespace k2::simulation::kafka
