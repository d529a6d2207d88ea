#include "io/topic_ends.hpp"

#include <chrono>
#include <span>
#include <utility>

namespace k2::io {
namespace {

constexpr std::chrono::milliseconds kPatience{10'000};

Result<void> query(rd_kafka_t* handle, std::string const& topic, std::int32_t partition,
                   std::int64_t& begin, std::int64_t& end) {
  auto const code = rd_kafka_query_watermark_offsets(handle, topic.c_str(), partition, &begin, &end,
                                                     static_cast<int>(kPatience.count()));
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return kafka_error("reading where " + topic + " ends", code, rd_kafka_err2str(code));
}

}  // namespace

Result<TopicEnds> TopicEnds::open(KafkaOptions const& options) {
  auto committed = make_kafka(RD_KAFKA_CONSUMER, options,
                              {{"group.id", "k2-reader"}, {"isolation.level", "read_committed"}});
  if (!committed) return committed.error();
  auto all = make_kafka(RD_KAFKA_CONSUMER, options,
                        {{"group.id", "k2-reader"}, {"isolation.level", "read_uncommitted"}});
  if (!all) return all.error();
  return TopicEnds{options, *std::move(committed), *std::move(all)};
}

Result<std::vector<PartitionEnds>> TopicEnds::read(std::string const& topic) {
  auto const metadata = read_metadata(committed_.get(), options_, kPatience);
  if (!metadata) return metadata.error();
  std::vector<PartitionEnds> ends;
  for (auto const& found :
       std::span{(*metadata)->topics, static_cast<std::size_t>((*metadata)->topic_cnt)}) {
    if (topic == found.topic) ends.resize(static_cast<std::size_t>(found.partition_cnt));
  }
  for (std::size_t at = 0; at < ends.size(); ++at) {
    PartitionEnds& one = ends[at];
    one.partition = static_cast<std::int32_t>(at);
    auto const high = query(all_.get(), topic, one.partition, one.begin, one.high);
    if (!high) return high.error();
    auto const stable = query(committed_.get(), topic, one.partition, one.begin, one.stable);
    if (!stable) return stable.error();
  }
  return ends;
}

}  // namespace k2::io
