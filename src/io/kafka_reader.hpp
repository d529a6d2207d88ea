// Reads a topic from its beginning to its end, as `read_committed` consumers see it, partition by
// partition in order, partitions in any mixture. One thread.
#pragma once

#include "core/result.hpp"
#include "io/kafka_handle.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace k2::io {

/// Lives until the next one is read.
struct KafkaRecord {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string_view key;
  std::string_view value;
};

class KafkaReader {
 public:
  /// `give_up` is asked several times a second while nothing comes; true ends the reading.
  /// Errors: kKafkaFailed when no broker answers, kConfigInvalid.
  [[nodiscard]] static Result<KafkaReader> open(KafkaOptions const& options, std::string topic,
                                                std::function<bool()> give_up);

  /// 0 when there is no such topic.
  [[nodiscard]] int partitions() const noexcept { return partitions_; }
  /// How many offsets there are to read; transactions take some besides the records.
  /// Errors: kKafkaFailed.
  [[nodiscard]] Result<std::uint64_t> offsets();
  /// Yields the next record; false when every partition has reached its end.
  /// Errors: kKafkaFailed, kTimeout when given up.
  [[nodiscard]] Result<bool> next(KafkaRecord& out);

 private:
  KafkaReader() = default;

  std::string topic_;
  std::function<bool()> give_up_;
  int partitions_ = 0;
  int at_end_ = 0;
  KafkaHandle handle_;
  KafkaOwned<rd_kafka_message_t> message_;
};

}  // namespace k2::io
