#include "io/kafka_positions.hpp"

#include "io/kafka_handle.hpp"

#include <fmt/format.h>

#include <span>

namespace k2::io {
namespace {

constexpr std::chrono::milliseconds kMetadataPatience{5'000};
constexpr int kPollMs = 200;

std::string_view text(void const* bytes, std::size_t size) {
  return {static_cast<char const*>(bytes), size};
}

}  // namespace

Result<sink::PositionBook> read_topic_positions(KafkaOptions const& options,
                                                std::function<bool()> const& give_up) {
  std::string const topic = options.positions_topic();
  auto const consumer = make_kafka(RD_KAFKA_CONSUMER, options,
                                   {{"group.id", "k2-positions"},
                                    {"enable.auto.commit", "false"},
                                    {"enable.partition.eof", "true"},
                                    {"isolation.level", "read_committed"},
                                    {"auto.offset.reset", "earliest"}});
  if (!consumer) return consumer.error();
  auto const metadata = read_metadata(consumer->get(), options, kMetadataPatience);
  if (!metadata) return metadata.error();
  int partitions = 0;
  for (auto const& found :
       std::span{(*metadata)->topics, static_cast<std::size_t>((*metadata)->topic_cnt)}) {
    if (topic == found.topic) partitions = found.partition_cnt;
  }
  sink::PositionBook book;
  if (partitions == 0) return book;

  KafkaOwned<rd_kafka_topic_partition_list_t> const list{
      rd_kafka_topic_partition_list_new(partitions)};
  for (int partition = 0; partition < partitions; ++partition) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
  }
  if (auto const code = rd_kafka_assign(consumer->get(), list.get());
      code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_error("reading " + topic, code, rd_kafka_err2str(code));
  }
  for (int at_end = 0; at_end < partitions;) {
    if (give_up()) {
      return Error{Errc::kTimeout, fmt::format("reading {}: {} of {} partitions reached their end",
                                               topic, at_end, partitions)};
    }
    KafkaOwned<rd_kafka_message_t> const message{rd_kafka_consumer_poll(consumer->get(), kPollMs)};
    if (!message) continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      ++at_end;
    } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      // Of brokers that cannot be reached librdkafka says so and goes on.
      if (message->err == RD_KAFKA_RESP_ERR__TRANSPORT ||
          message->err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        continue;
      }
      return kafka_error("reading " + topic, message->err, rd_kafka_message_errstr(message.get()));
    } else {
      auto const applied =
          book.apply(text(message->key, message->key_len), text(message->payload, message->len));
      if (!applied) return applied.error();
    }
  }
  return book;
}

}  // namespace k2::io
