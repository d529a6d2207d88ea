#include "io/topic_ends.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <thread>
#include <utility>

namespace k2::io {
namespace {

constexpr std::chrono::milliseconds kPatience{10'000};
constexpr std::chrono::milliseconds kStep{100};

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

Result<std::vector<PartitionEnds>> TopicEnds::settle(std::string const& topic,
                                                     std::chrono::steady_clock::time_point until) {
  auto ends = read(topic);
  if (!ends) return ends;
  auto const is_blocked = [](PartitionEnds const& one) { return one.stable < one.high; };
  while (std::ranges::any_of(*ends, is_blocked) && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(kStep);
    auto const now = read(topic);
    if (!now) return now.error();
    for (std::size_t at = 0; at < std::min(ends->size(), now->size()); ++at) {
      (*ends)[at].stable = (*now)[at].stable;
    }
  }
  return ends;
}

std::string blocked_text(std::string const& topic, PartitionEnds const& ends) {
  return fmt::format("{}, partition {}: offsets {} to {} are behind an open transaction", topic,
                     ends.partition, ends.stable, ends.high - 1);
}

}  // namespace k2::io
