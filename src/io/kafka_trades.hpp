// Reads the topic of trades back where transactions hung: what they held, and what is visible. One
// thread.
#pragma once

#include "io/kafka_options.hpp"
#include "io/kafka_reader.hpp"
#include "sink/delivery_ports.hpp"
#include "sink/trade_record.hpp"

#include <functional>
#include <optional>

namespace k2::io {

class KafkaTrades final : public sink::TradesPort {
 public:
  /// `options` outlives it. `give_up` is called while a request waits.
  KafkaTrades(KafkaOptions const& options, std::function<bool()> give_up)
      : options_(options), give_up_(std::move(give_up)) {}

  [[nodiscard]] Result<sink::Progress> open_held(std::int32_t partition,
                                                 std::int64_t from) override;
  [[nodiscard]] Result<sink::Progress> open_committed(std::int32_t partition,
                                                      UtcTime since) override;
  [[nodiscard]] Result<sink::PositionRead> read(sink::TopicTrade& out) override;
  void close() override;
  [[nodiscard]] Result<sink::Progress> find_time(sink::TopicPlace const& place,
                                                 UtcTime& out) override;

 private:
  [[nodiscard]] Result<sink::Progress> open(KafkaReading reading);
  [[nodiscard]] sink::PositionRead refuse(Error const& error);

  KafkaOptions const& options_;
  std::function<bool()> give_up_;
  std::optional<KafkaReader> reader_;
  sink::TradeRecord trade_;
};

}  // namespace k2::io
