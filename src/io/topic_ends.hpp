// The beginnings and ends of a topic's partitions: for `read_committed` consumers, which stop
// before the first open transaction, and in total. One thread.
#pragma once

#include "core/result.hpp"
#include "io/kafka_handle.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace k2::io {

struct PartitionEnds {
  std::int32_t partition = 0;
  /// The first offset that the brokers still keep.
  std::int64_t begin = 0;
  /// The last stable offset: what is behind belongs to transactions without an outcome.
  std::int64_t stable = 0;
  /// The high watermark.
  std::int64_t high = 0;
};

/// "trades, partition 3: offsets 7 to 9 are behind an open transaction".
[[nodiscard]] std::string blocked_text(std::string const& topic, PartitionEnds const& ends);

class TopicEnds {
 public:
  /// Errors: kKafkaFailed, kConfigInvalid.
  [[nodiscard]] static Result<TopicEnds> open(KafkaOptions const& options);

  /// Reads the ends now; empty when there is no such topic. The high watermark is read before the
  /// stable offset, so a topic in which nothing is open never seems to be blocked.
  /// Errors: kKafkaFailed.
  [[nodiscard]] Result<std::vector<PartitionEnds>> read(std::string const& topic);

  /// Waits until the transactions that are open now have an outcome, at most until `until`, and
  /// returns where the partitions were at the beginning, each with the stable offset that it has in
  /// the end: below `high`, a transaction without an outcome blocks it.
  /// Errors: kKafkaFailed.
  [[nodiscard]] Result<std::vector<PartitionEnds>> settle(
      std::string const& topic, std::chrono::steady_clock::time_point until);

 private:
  TopicEnds(KafkaOptions options, KafkaHandle committed, KafkaHandle all)
      : options_(std::move(options)), committed_(std::move(committed)), all_(std::move(all)) {}

  KafkaOptions options_;
  KafkaHandle committed_;
  KafkaHandle all_;
};

}  // namespace k2::io
