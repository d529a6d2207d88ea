// The Kafka side of the baseline: parsed trades into Avro with the encoder that K2 uses, and
// straight into librdkafka's idempotent producer with the settings that K2 gives it. No sequencing,
// no journal, no transactions, nothing kept: what a restart would lose.
#pragma once

#include "bench/trade_members.hpp"
#include "sink/trade_encoder.hpp"

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace k2::bench {

struct BareKafkaOptions {
  /// Empty for no Kafka at all.
  std::string servers;
  std::string topic;
  std::string linger_ms = "5";
  std::size_t symbols = 1;
};

class BareKafka {
 public:
  explicit BareKafka(BareKafkaOptions const& options);
  BareKafka(BareKafka const&) = delete;
  BareKafka& operator=(BareKafka const&) = delete;
  ~BareKafka();

  /// Encodes and queues; waits while the queue is full. Throws when librdkafka refuses it.
  void produce(TradeMembers const& members, UtcTime received);
  /// Serves delivery reports.
  void poll() { rd_kafka_poll(producer_, 0); }
  /// Returns once all is acknowledged; throws when something was not.
  void flush();

  /// The latency from receive to the broker's acknowledgement at this share of the trades. Units:
  /// us.
  [[nodiscard]] std::int64_t latency_us(double share);

 private:
  static void on_report(rd_kafka_t* producer, rd_kafka_message_t const* message, void* self);

  rd_kafka_t* producer_ = nullptr;
  rd_kafka_topic_t* topic_ = nullptr;
  sink::TradeEncoder encoder_;
  std::unordered_map<std::string, SymbolIndex> symbols_;
  std::string name_;
  std::string value_;
  std::uint64_t produced_ = 0;
  std::uint64_t failed_ = 0;
  std::vector<std::int64_t> latencies_us_;
};

}  // namespace k2::bench
