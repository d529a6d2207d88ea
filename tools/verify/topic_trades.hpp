// The records of a topic as `read_committed` readers see them, each checked against itself:
// framing, datum, key, partition; and the topics of gaps and dead letters beside it. Positions and
// ends are read before the records, so that they are what the records must reach, also while the
// topic is written. It is read partition by partition, so that its symbols come mixed differently
// than they were traded.
#pragma once

#include "io/kafka_options.hpp"
#include "io/kafka_reader.hpp"
#include "io/topic_ends.hpp"
#include "sink/position_book.hpp"
#include "tools/verify/position_check.hpp"
#include "tools/verify/store.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

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
  [[nodiscard]] Finding const& unread() const noexcept override { return unread_; }

 private:
  TopicTrades(io::KafkaOptions options, Window const& window)
      : options_(std::move(options)), is_part_(window.since != UtcTime::min()) {}
  [[nodiscard]] Result<void> find_ends(bool with_positions);
  [[nodiscard]] Result<void> read_before();
  [[nodiscard]] char const* read_record(io::KafkaRecord const& record);
  [[nodiscard]] Result<bool> read_gaps(std::vector<sink::DeclaredGap>& gaps);
  [[nodiscard]] Result<void> read_letters(StoreTables& tables);
  void check_positions(StoreTables& tables);
  void note_retention(StoreTables& tables) const;
  [[nodiscard]] bool is_borne_out(sink::Position const& position, bool settled) const;
  template <class Visit>
  [[nodiscard]] Result<bool> read_beside(std::string const& topic, Visit const& visit);

  io::KafkaOptions options_;
  /// Records of before the window were left out.
  bool is_part_;
  std::unique_ptr<io::KafkaReader> reader_;
  /// The positions and gaps before the first record was read.
  sink::PositionBook book_;
  std::vector<sink::DeclaredGap> gaps_before_;
  /// Partitions of which the brokers have deleted the oldest records.
  std::set<std::int32_t> shortened_;
  PositionCheck reached_;
  std::uint64_t records_ = 0;
  std::uint64_t records_read_ = 0;
  sink::TradeRecord record_;
  Finding invalid_blocks_;
  Finding invalid_records_;
  Finding unread_;
};

}  // namespace k2::verify
