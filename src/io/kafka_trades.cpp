#include "io/kafka_trades.hpp"

#include "io/kafka_positions.hpp"
#include "io/log.hpp"

#include <fmt/format.h>

#include <chrono>
#include <malloc.h>
#include <utility>

namespace k2::io {
namespace {

/// Longest wait for the next record. Chosen: other partitions are not delivered meanwhile.
constexpr std::chrono::milliseconds kWait{20};

/// Longest wait for a record that is known to be there. Chosen: less than the group waits for a
/// member to poll (io/kafka_group).
constexpr std::chrono::seconds kTimePatience{30};

/// A Confluent-framed datum: a zero byte and the schema id come first.
constexpr std::size_t kFrameBytes = 5;

}  // namespace

Result<sink::Progress> KafkaTrades::open(KafkaReading reading) {
  auto opened = KafkaReader::open(options_, std::move(reading), give_up_);
  if (!opened) return opened.error();
  if (opened->partitions() == 0) {
    return Error{Errc::kKafkaFailed,
                 fmt::format("the brokers do not show the topic {}", options_.topic)};
  }
  reader_.emplace(*std::move(opened));
  return sink::Progress::kDone;
}

Result<sink::Progress> KafkaTrades::open_held(std::int32_t partition, std::int64_t from) {
  return open({.topic = options_.topic,
               .partitions = {partition},
               .from = {{partition, from}},
               .uncommitted = true});
}

Result<sink::Progress> KafkaTrades::open_committed(std::int32_t partition, UtcTime since) {
  return open({.topic = options_.topic, .partitions = {partition}, .since = since});
}

Result<sink::PositionRead> KafkaTrades::read(sink::TopicTrade& out) {
  for (;;) {
    KafkaRecord record;
    auto const read = reader_->try_next(record, kWait);
    if (!read && is_unauthorized(read.error())) return refuse(read.error());
    if (!read) return read.error();
    if (*read == KafkaRead::kNothingYet) return sink::PositionRead::kNothingYet;
    if (*read == KafkaRead::kEnd) return sink::PositionRead::kEnd;
    // The records of a sweep have no value; K2 writes nothing else that is no trade.
    if (record.value.size() < kFrameBytes) continue;
    sink::AvroReader datum{record.value.substr(kFrameBytes)};
    if (!sink::read_trade(datum, trade_) || !trade_.source_sequence) continue;
    out = {.symbol = trade_.symbol,
           .id = TradeId{static_cast<std::uint64_t>(*trade_.source_sequence)},
           .time = trade_.timestamp};
    return sink::PositionRead::kRecord;
  }
}

/// Delivery itself does not need the right to read trades, so it continues.
sink::PositionRead KafkaTrades::refuse(Error const& error) {
  log_event_limited(LogLevel::kError, "kafka.hanging_unchecked", options_.topic,
                    {{"topic", options_.topic},
                     {"error", error.to_string()},
                     {"action",
                      "allow Read on the topic; `k2 verify --kafka` names trades that the aborted "
                      "transactions held and that are missing or doubled"}});
  return sink::PositionRead::kEnd;
}

void KafkaTrades::close() {
  if (!reader_) return;
  reader_.reset();
  // Memory that the allocator keeps of a reader's queue would look like a leak.
  (void)malloc_trim(0);
}

Result<sink::Progress> KafkaTrades::find_time(sink::TopicPlace const& place, UtcTime& out) {
  auto const topic = options_.name_of(place.topic);
  auto const until = std::chrono::steady_clock::now() + kTimePatience;
  auto const out_of_time = [&] { return give_up_() || std::chrono::steady_clock::now() >= until; };
  auto reader = KafkaReader::open(options_,
                                  {.topic = topic,
                                   .partitions = {place.partition},
                                   .from = {{place.partition, place.offset}},
                                   .uncommitted = true},
                                  out_of_time);
  if (!reader) return reader.error();
  KafkaRecord record;
  auto const found = reader->next(record);
  if (!found && is_unauthorized(found.error())) {
    out = UtcTime{};
    return sink::Progress::kDone;
  }
  if (!found) return found.error();
  if (!*found) {
    return Error{Errc::kKafkaFailed, fmt::format("{}, partition {}: no record at offset {}", topic,
                                                 place.partition, place.offset)};
  }
  out = record.time;
  return sink::Progress::kDone;
}

}  // namespace k2::io
