// The records of a topic as `read_committed` readers see them, each checked against itself:
// framing, datum, key, partition; and the topics of gaps and dead letters beside it. Partition by
// partition, so that its symbols come mixed
// differently than they were traded.
#pragma once

#include "io/kafka_options.hpp"
#include "io/kafka_reader.hpp"
#include "sink/position_book.hpp"
#include "tools/verify/store.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace k2::verify {

class TopicTrades final : public Store {
 public:
  /// Without its positions a topic can still be what another one is compared with.
  /// Errors: kKafkaFailed; kConfigInvalid when there is no such topic.
  [[nodiscard]] static Result<std::unique_ptr<TopicTrades>> open(io::KafkaOptions const& options,
                                                                 bool with_positions = true,
                                                                 Window const& window = {});

  [[nodiscard]] Result<bool> next(StoredTrade& out) override;
  [[nodiscard]] Result<StoreTables> tables() override;
  [[nodiscard]] std::uint64_t records() const noexcept override { return records_; }
  [[nodiscard]] std::uint64_t records_read() const noexcept override { return records_read_; }
  [[nodiscard]] Finding const& invalid_blocks() const noexcept override { return invalid_blocks_; }
  [[nodiscard]] Finding const& invalid_records() const noexcept override {
    return invalid_records_;
  }

 private:
  TopicTrades(io::KafkaOptions options, io::KafkaReader reader, sink::PositionBook book)
      : options_(std::move(options)), reader_(std::move(reader)), book_(std::move(book)) {}
  [[nodiscard]] char const* read_record(io::KafkaRecord const& record);
  [[nodiscard]] Result<void> read_gaps(StoreTables& tables);
  [[nodiscard]] Result<void> read_letters(StoreTables& tables);
  template <class Visit>
  [[nodiscard]] Result<bool> read_beside(std::string const& topic, Visit const& visit);

  io::KafkaOptions options_;
  io::KafkaReader reader_;
  /// As it was before the first record was read.
  sink::PositionBook book_;
  std::uint64_t records_ = 0;
  std::uint64_t records_read_ = 0;
  sink::TradeRecord record_;
  Finding invalid_blocks_;
  Finding invalid_records_;
};

}  // namespace k2::verify
