#include "io/kafka_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <thread>
#include <utility>

namespace k2::io {
namespace {

constexpr std::chrono::milliseconds kMetadataPatience{10'000};
constexpr std::chrono::seconds kTopicPatience{10};
constexpr int kPollMs = 200;
/// Time for brokers to answer a request whose only purpose is to wake up the client library.
constexpr int kNudgeMs = 100;
// Chosen: one fetch, and the smallest that librdkafka takes. Each record costs it some 500 bytes
// besides, so its own 64 MiB would be half a gigabyte of positions, and the stream's for good.
constexpr char const* kQueuedKbMax = "1024";
constexpr char const* kFetchBytesMax = "1000000";

/// Returns the name of the setting for the wait that follows, which librdkafka has since 2.2; for
/// earlier versions there is nudge().
char const* queue_backoff() {
  constexpr int kKnownSince = 0x02020000;
  return rd_kafka_version() >= kKnownSince ? "0" : "";
}

using PartitionList = KafkaOwned<rd_kafka_topic_partition_list_t>;

PartitionList new_list(std::size_t size) {
  return PartitionList{rd_kafka_topic_partition_list_new(static_cast<int>(size))};
}

/// Adds a query for the end of a partition, which takes the place of a time.
void add_end(rd_kafka_topic_partition_list_t& list, std::string const& topic,
             std::int32_t partition) {
  rd_kafka_topic_partition_list_add(&list, topic.c_str(), partition)->offset = RD_KAFKA_OFFSET_END;
}

std::string_view text(void const* bytes, std::size_t size) {
  return {static_cast<char const*>(bytes), size};
}

/// All in one question.
Result<void> ask_ends(rd_kafka_t* asked, std::span<KafkaPlace> places) {
  auto const list = new_list(places.size());
  for (KafkaPlace const& place : places) add_end(*list, place.topic, place.partition);
  auto const code =
      rd_kafka_offsets_for_times(asked, list.get(), static_cast<int>(kMetadataPatience.count()));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_error("querying the ends of topics", code, rd_kafka_err2str(code));
  }
  for (KafkaPlace& place : places) {
    auto const* const found =
        rd_kafka_topic_partition_list_find(list.get(), place.topic.c_str(), place.partition);
    if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return kafka_error("querying the end of " + place.topic, found->err,
                         rd_kafka_err2str(found->err));
    }
    place.offset = found->offset;
  }
  return {};
}

UtcTime time_of(rd_kafka_message_t const& message) {
  rd_kafka_timestamp_type_t type{};
  auto const ms = rd_kafka_message_timestamp(&message, &type);
  return UtcTime{std::chrono::milliseconds{std::max<std::int64_t>(ms, 0)}};
}

}  // namespace

Result<KafkaReader> KafkaReader::open(KafkaOptions const& options, KafkaReading reading,
                                      std::function<bool()> give_up) {
  KafkaReader reader;
  reader.reading_ = std::move(reading);
  reader.give_up_ = std::move(give_up);
  auto handle = make_kafka(
      RD_KAFKA_CONSUMER, options,
      {{"group.id", "k2-reader"},
       {"enable.auto.commit", "false"},
       {"enable.partition.eof", "true"},
       {"queued.max.messages.kbytes", kQueuedKbMax},
       {"fetch.max.bytes", kFetchBytesMax},
       {"fetch.queue.backoff.ms", queue_backoff()},
       {"isolation.level", reader.reading_.uncommitted ? "read_uncommitted" : "read_committed"},
       // A question behind a fetch that waits for news waits with it.
       {"fetch.wait.max.ms", "50"},
       {"auto.offset.reset", "earliest"}});
  if (!handle) return handle.error();
  reader.handle_ = *std::move(handle);
  if (reader.reading_.open_transactions || reader.reading_.finds_ends) {
    auto sees_all =
        make_kafka(RD_KAFKA_CONSUMER, options,
                   {{"group.id", "k2-reader"}, {"isolation.level", "read_uncommitted"}});
    if (!sees_all) return sees_all.error();
    reader.sees_all_ = *std::move(sees_all);
  }
  if (auto const found = reader.find_topic(options); !found) return found.error();
  auto const list = new_list(reader.ends_.size());
  for (int partition = 0; partition < reader.partitions(); ++partition) {
    if (reader.ends_[static_cast<std::size_t>(partition)] < 0) continue;
    rd_kafka_topic_partition_list_add(list.get(), reader.reading_.topic.c_str(), partition)
        ->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  if (reader.reading_.since) {
    if (auto const found = reader.find_beginnings(list.get()); !found) return found.error();
  }
  reader.take_offsets(list.get());
  if (auto const code = rd_kafka_assign(reader.handle_.get(), list.get());
      code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_error("reading " + reader.reading_.topic, code, rd_kafka_err2str(code));
  }
  return reader;
}

/// Waits for a topic that was just created, or moves to another broker, and is not available
/// immediately.
Result<void> KafkaReader::find_topic(KafkaOptions const& options) {
  auto const until = std::chrono::steady_clock::now() + kTopicPatience;
  for (;;) {
    auto const metadata = read_metadata(handle_.get(), options, kMetadataPatience);
    if (!metadata) return metadata.error();
    auto const found = find_ends(**metadata);
    if (found && partitions() > 0) return found;
    if (std::chrono::steady_clock::now() >= until || give_up_()) return found;
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
}

Result<void> KafkaReader::find_ends(rd_kafka_metadata_t const& metadata) {
  ends_.clear();
  at_end_ = 0;
  offsets_ = 0;
  for (auto const& found :
       std::span{metadata.topics, static_cast<std::size_t>(metadata.topic_cnt)}) {
    if (reading_.topic == found.topic) ends_.resize(static_cast<std::size_t>(found.partition_cnt));
  }
  first_ends_.assign(ends_.size(), 0);
  // A client that reads only committed records receives their end.
  rd_kafka_t* const asked = reading_.open_transactions ? sees_all_.get() : handle_.get();
  for (int partition = 0; partition < partitions(); ++partition) {
    if (!reading_.partitions.empty() && !reading_.partitions.contains(partition)) {
      note_end(partition);
      continue;
    }
    if (auto const found = find_end(asked, partition); !found) return found;
  }
  return {};
}

Result<void> KafkaReader::find_end(rd_kafka_t* asked, std::int32_t partition) {
  std::int64_t low = 0;
  std::int64_t& high = ends_[static_cast<std::size_t>(partition)];
  auto const code =
      rd_kafka_query_watermark_offsets(asked, reading_.topic.c_str(), partition, &low, &high,
                                       static_cast<int>(kMetadataPatience.count()));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_error("querying the end of " + reading_.topic, code, rd_kafka_err2str(code));
  }
  first_ends_[static_cast<std::size_t>(partition)] = high;
  offsets_ += static_cast<std::uint64_t>(high - low);
  if (high == low) note_end(partition);
  return {};
}

Result<void> KafkaReader::find_ends(std::span<KafkaPlace> places) {
  return ask_ends(sees_all_.get(), places);
}

Result<void> KafkaReader::find_stable_ends(std::span<KafkaPlace> places) {
  return ask_ends(handle_.get(), places);
}

/// Partitions that nothing was written into since then are at their end.
Result<void> KafkaReader::find_beginnings(rd_kafka_topic_partition_list_t* list) {
  auto const since = std::chrono::floor<std::chrono::milliseconds>(*reading_.since);
  for (int at = 0; at < list->cnt; ++at) {
    list->elems[at].offset = since.time_since_epoch().count();
  }
  auto const code =
      rd_kafka_offsets_for_times(handle_.get(), list, static_cast<int>(kMetadataPatience.count()));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_error("querying the offsets by time of " + reading_.topic, code,
                       rd_kafka_err2str(code));
  }
  for (int at = list->cnt - 1; at >= 0; --at) {
    if (list->elems[at].offset >= 0) continue;
    note_end(list->elems[at].partition);
    rd_kafka_topic_partition_list_del_by_idx(list, at);
  }
  return {};
}

/// A place at the end, or behind it after an unclean election, has nothing to read: librdkafka
/// would begin at the beginning there.
void KafkaReader::take_offsets(rd_kafka_topic_partition_list_t* list) {
  for (int at = list->cnt - 1; at >= 0; --at) {
    auto const from = reading_.from.find(list->elems[at].partition);
    if (from == reading_.from.end()) continue;
    list->elems[at].offset = from->second;
    if (from->second < ends_[static_cast<std::size_t>(from->first)]) continue;
    note_end(from->first);
    rd_kafka_topic_partition_list_del_by_idx(list, at);
  }
}

void KafkaReader::note_end(std::int32_t partition) {
  auto& end = ends_[static_cast<std::size_t>(partition)];
  if (end < 0) return;
  end = -1;
  ++at_end_;
  waiting_.erase(partition);
}

Result<bool> KafkaReader::next(KafkaRecord& out) {
  for (;;) {
    auto const read = try_next(out, std::chrono::milliseconds{kPollMs});
    if (!read) return read.error();
    if (*read != KafkaRead::kNothingYet) return *read == KafkaRead::kRecord;
    if (give_up_()) {
      return Error{Errc::kTimeout, fmt::format("reading {}: {} of {} partitions reached their "
                                               "end, then nothing came any more",
                                               reading_.topic, at_end_, ends_.size())};
    }
  }
}

/// librdkafka does not fetch while its queue is full, and when there is room again it notices with
/// the next event of the broker, after up to a second (2.0.2, rd_kafka_broker_serve): a megabyte
/// per second. This call causes such an event.
void KafkaReader::nudge() {
  if (std::exchange(nudged_, true)) return;
  auto const list = new_list(ends_.size());
  for (int partition = 0; partition < partitions(); ++partition) {
    if (ends_[static_cast<std::size_t>(partition)] < 0) continue;
    add_end(*list, reading_.topic, partition);
  }
  (void)rd_kafka_offsets_for_times(handle_.get(), list.get(), kNudgeMs);
}

void KafkaReader::poll(std::chrono::milliseconds patience) {
  message_.reset(rd_kafka_consumer_poll(handle_.get(), 0));
  if (message_) {
    nudged_ = false;
    return;
  }
  nudge();
  message_.reset(rd_kafka_consumer_poll(handle_.get(), static_cast<int>(patience.count())));
}

Result<KafkaRead> KafkaReader::try_next(KafkaRecord& out, std::chrono::milliseconds patience) {
  while (at_end_ < ends_.size()) {
    poll(patience);
    if (!message_) return KafkaRead::kNothingYet;
    switch (message_->err) {
      case RD_KAFKA_RESP_ERR_NO_ERROR: {
        waiting_.erase(message_->partition);
        auto const end = ends_[static_cast<std::size_t>(message_->partition)];
        // The last offset may be a transaction's own: then only what came later tells.
        if (message_->offset + 1 >= end) note_end(message_->partition);
        if (message_->offset >= end) break;
        out = {.partition = message_->partition,
               .offset = message_->offset,
               .time = time_of(*message_),
               .key = text(message_->key, message_->key_len),
               .value = text(message_->payload, message_->len)};
        return KafkaRead::kRecord;
      }
      case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        // Also reported before a transaction that is open.
        if (!reading_.open_transactions ||
            message_->offset >= ends_[static_cast<std::size_t>(message_->partition)]) {
          note_end(message_->partition);
        } else {
          waiting_.insert(message_->partition);
        }
        break;
      // librdkafka reports brokers that cannot be reached, and continues.
      case RD_KAFKA_RESP_ERR__TRANSPORT:
      case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        return KafkaRead::kNothingYet;
      default:
        return kafka_error("reading " + reading_.topic, message_->err,
                           rd_kafka_message_errstr(message_.get()));
    }
  }
  return KafkaRead::kEnd;
}

}  // namespace k2::io
