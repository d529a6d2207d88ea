// The measuring consumer of the Kafka rows: a `read_committed` consumer that records when each
// trade could be read, from any producer. Makes the topic first; prints a line once it reads, and
// after the requested number of records the time of the last one and their latencies since they
// were received.
#include "io/clock.hpp"
#include "io/kafka_handle.hpp"
#include "io/kafka_topics.hpp"
#include "io/log.hpp"
#include "sink/trade_record.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace k2::bench {
namespace {

/// The length of the header in front of a datum. Source: Confluent's wire format.
constexpr std::size_t kHeaderBytes = 5;

struct TailOptions {
  std::string servers;
  std::string topic;
  std::uint64_t records = 0;
  /// Read, and not counted: what starts, on either side, is not what runs for months.
  std::uint64_t warm_up = 0;
  std::int32_t partitions = 12;
  unsigned seconds_max = 120;
};

io::KafkaHandle open_consumer(TailOptions const& options) {
  io::KafkaOptions kafka;
  kafka.bootstrap_servers = options.servers;
  kafka.topic = options.topic;
  kafka.partitions = options.partitions;
  auto const maker = io::make_kafka(RD_KAFKA_PRODUCER, kafka, {}).value();
  io::ensure_topics(maker.get(), kafka).value();
  auto consumer = io::make_kafka(RD_KAFKA_CONSUMER, kafka,
                                 {{"group.id", "bench"},
                                  {"enable.auto.commit", "false"},
                                  {"isolation.level", "read_committed"},
                                  {"fetch.wait.max.ms", "50"},
                                  {"auto.offset.reset", "earliest"}})
                      .value();
  io::KafkaOwned<rd_kafka_topic_partition_list_t> const list{
      rd_kafka_topic_partition_list_new(options.partitions)};
  for (std::int32_t partition = 0; partition < options.partitions; ++partition) {
    rd_kafka_topic_partition_list_add(list.get(), options.topic.c_str(), partition)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
  }
  if (rd_kafka_assign(consumer.get(), list.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error("assigning failed");
  }
  return consumer;
}

int run(TailOptions const& options) {
  ::alarm(options.seconds_max);
  auto const consumer = open_consumer(options);
  fmt::print("{{\"topic\":\"{}\"}}\n", options.topic);
  std::fflush(stdout);
  std::vector<std::int64_t> took_us;
  took_us.reserve(options.records - options.warm_up);
  sink::TradeRecord record;
  Now now = io::read_clock();
  for (std::uint64_t read = 0; read < options.records;) {
    io::KafkaOwned<rd_kafka_message_t> const message{rd_kafka_consumer_poll(consumer.get(), 100)};
    if (!message || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    now = io::read_clock();
    sink::AvroReader reader{
        {static_cast<char const*>(message->payload) + kHeaderBytes, message->len - kHeaderBytes}};
    if (!sink::read_trade(reader, record)) throw std::runtime_error("this is no trade");
    if (++read > options.warm_up) took_us.push_back((now.utc - record.ingestion_timestamp).count());
  }
  std::ranges::sort(took_us);
  fmt::print("{{\"last_s\":{:.6f},\"p50_us\":{},\"p99_us\":{},\"max_us\":{}}}\n",
             std::chrono::duration<double>(now.mono.time_since_epoch()).count(),
             took_us[took_us.size() / 2], took_us[took_us.size() * 99 / 100], took_us.back());
  return 0;
}

}  // namespace
}  // namespace k2::bench

int main(int argc, char** argv) {
  k2::bench::TailOptions options;
  CLI::App app{"reads a topic as it grows, for the benches"};
  app.add_option("--servers", options.servers, "host:port of the brokers")->required();
  app.add_option("--topic", options.topic, "created when it does not exist")->required();
  app.add_option("--records", options.records, "number of records to read")->required();
  app.add_option("--warm-up", options.warm_up, "number of records that are not counted");
  app.add_option("--partitions", options.partitions, "partitions of the topic");
  app.add_option("--seconds-max", options.seconds_max, "give up after this long");
  CLI11_PARSE(app, argc, argv);
  k2::io::start_log({.level = k2::io::LogLevel::kWarn});
  try {
    auto const code = k2::bench::run(options);
    k2::io::stop_log();
    return code;
  } catch (std::exception const& error) {
    fmt::print(stderr, "kafka_tail: {}\n", error.what());
    return 1;
  }
}
