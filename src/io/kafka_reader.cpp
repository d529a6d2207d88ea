#include "io/kafka_reader.hpp"

#include <fmt/format.h>

#include <span>
#include <utility>

namespace k2::io {
namespace {

constexpr std::chrono::milliseconds kMetadataPatience{10'000};
constexpr int kPollMs = 200;

std::string_view text(void const* bytes, std::size_t size) {
  return {static_cast<char const*>(bytes), size};
}

}  // namespace

Result<KafkaReader> KafkaReader::open(KafkaOptions const& options, std::string topic,
                                      std::function<bool()> give_up) {
  KafkaReader reader;
  reader.topic_ = std::move(topic);
  reader.give_up_ = std::move(give_up);
  auto handle = make_kafka(RD_KAFKA_CONSUMER, options,
                           {{"group.id", "k2-reader"},
                            {"enable.auto.commit", "false"},
                            {"enable.partition.eof", "true"},
                            {"isolation.level", "read_committed"},
                            {"auto.offset.reset", "earliest"}});
  if (!handle) return handle.error();
  reader.handle_ = *std::move(handle);
  auto const metadata = read_metadata(reader.handle_.get(), options, kMetadataPatience);
  if (!metadata) return metadata.error();
  for (auto const& found :
       std::span{(*metadata)->topics, static_cast<std::size_t>((*metadata)->topic_cnt)}) {
    if (reader.topic_ == found.topic) reader.partitions_ = found.partition_cnt;
  }
  KafkaOwned<rd_kafka_topic_partition_list_t> const list{
      rd_kafka_topic_partition_list_new(reader.partitions_)};
  for (int partition = 0; partition < reader.partitions_; ++partition) {
    rd_kafka_topic_partition_list_add(list.get(), reader.topic_.c_str(), partition)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
  }
  if (auto const code = rd_kafka_assign(reader.handle_.get(), list.get());
      code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_error("reading " + reader.topic_, code, rd_kafka_err2str(code));
  }
  return reader;
}

Result<std::uint64_t> KafkaReader::offsets() {
  std::uint64_t sum = 0;
  for (int partition = 0; partition < partitions_; ++partition) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    auto const code =
        rd_kafka_query_watermark_offsets(handle_.get(), topic_.c_str(), partition, &low, &high,
                                         static_cast<int>(kMetadataPatience.count()));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return kafka_error("asking where " + topic_ + " ends", code, rd_kafka_err2str(code));
    }
    sum += static_cast<std::uint64_t>(high - low);
  }
  return sum;
}

Result<bool> KafkaReader::next(KafkaRecord& out) {
  while (at_end_ < partitions_) {
    message_.reset(rd_kafka_consumer_poll(handle_.get(), kPollMs));
    auto const code = message_ ? message_->err : RD_KAFKA_RESP_ERR__TRANSPORT;
    switch (code) {
      case RD_KAFKA_RESP_ERR_NO_ERROR:
        out = {.partition = message_->partition,
               .offset = message_->offset,
               .key = text(message_->key, message_->key_len),
               .value = text(message_->payload, message_->len)};
        return true;
      case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        ++at_end_;
        break;
      // Of brokers that cannot be reached librdkafka says so and goes on.
      case RD_KAFKA_RESP_ERR__TRANSPORT:
      case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        if (!give_up_()) break;
        return Error{Errc::kTimeout, fmt::format("reading {}: {} of {} partitions reached their "
                                                 "end, then nothing came any more",
                                                 topic_, at_end_, partitions_)};
      default:
        return kafka_error("reading " + topic_, code, rd_kafka_message_errstr(message_.get()));
    }
  }
  return false;
}

}  // namespace k2::io
