#include "tools/verify/topic_trades.hpp"

#include "io/kafka_positions.hpp"
#include "sink/notice_datum.hpp"
#include "sink/partition.hpp"
#include "sink/serializer_cache.hpp"
#include "tools/verify/gap_fold.hpp"

#include <fmt/format.h>

#include <utility>

namespace k2::verify {
namespace {

/// Brokers that say nothing for so long are gone.
constexpr std::chrono::seconds kSilenceMax{60};
/// Chosen: `k2 check` warns long before.
constexpr std::chrono::seconds kClocksApartMax{60};

/// Asked whenever nothing came; true once that has lasted for kSilenceMax.
std::function<bool()> patience() {
  // Between two silent moments records may have come, but then these are seconds apart at most.
  return [since = std::chrono::steady_clock::time_point{},
          last = std::chrono::steady_clock::time_point{}]() mutable {
    auto const now = std::chrono::steady_clock::now();
    if (now - last > std::chrono::seconds{2}) since = now;
    last = now;
    return now - since > kSilenceMax;
  };
}

}  // namespace

Result<std::unique_ptr<TopicTrades>> TopicTrades::open(io::KafkaOptions const& options,
                                                       bool with_positions, Window const& window) {
  auto book = with_positions ? io::read_topic_positions(options, patience())
                             : Result<sink::PositionBook>{sink::PositionBook{}};
  if (!book) return book.error();
  // A record is written after its trade was matched, but for the difference of the two clocks.
  std::optional<UtcTime> since;
  if (window.since > UtcTime::min() + kClocksApartMax) since = window.since - kClocksApartMax;
  auto reader =
      io::KafkaReader::open(options, {.topic = options.topic, .since = since}, patience());
  if (!reader) return reader.error();
  if (reader->partitions() == 0) {
    return Error{Errc::kConfigInvalid,
                 fmt::format("there is no topic {} at {}; name it with --kafka-topic",
                             options.topic, options.bootstrap_servers)};
  }
  auto const offsets = reader->offsets();
  std::unique_ptr<TopicTrades> trades{
      new TopicTrades{options, *std::move(reader), *std::move(book)}};
  trades->records_ = offsets;
  return trades;
}

Result<bool> TopicTrades::next(StoredTrade& out) {
  for (;;) {
    io::KafkaRecord record;
    auto more = reader_.next(record);
    if (!more || !*more) return more;
    ++records_read_;
    if (char const* const why = read_record(record); why != nullptr) {
      invalid_records_.add(
          fmt::format("partition {}, offset {}: {}", record.partition, record.offset, why));
      continue;
    }
    out = stored_trade(record_);
    return true;
  }
}

/// Decodes the record; why it is none of K2's, or nullptr.
char const* TopicTrades::read_record(io::KafkaRecord const& record) {
  auto const bytes = sink::unframe(record.value);
  if (bytes.empty()) return "no schema id in front";
  sink::AvroReader datum{bytes};
  if (!sink::read_trade(datum, record_) || !datum.at_end()) return "no TradeV2";
  if (char const* const why = contradiction(record_); why != nullptr) return why;
  if (record.key != record_.symbol) return "its key is not its symbol";
  if (record.partition != sink::partition_of(record.key, reader_.partitions())) {
    return "its partition is not its symbol's";
  }
  return nullptr;
}

/// Calls `visit` with each datum of the topic and its record; false when there is no such topic.
template <class Visit>
Result<bool> TopicTrades::read_beside(std::string const& topic, Visit const& visit) {
  auto reader = io::KafkaReader::open(options_, {.topic = topic}, patience());
  if (!reader) return reader.error();
  if (reader->partitions() == 0) return false;
  io::KafkaRecord record;
  for (auto more = reader->next(record);; more = reader->next(record)) {
    if (!more) return more.error();
    if (!*more) return true;
    if (char const* const why = visit(sink::unframe(record.value), record); why != nullptr) {
      invalid_records_.add(fmt::format("{}, partition {}, offset {}: {}", topic, record.partition,
                                       record.offset, why));
    }
  }
}

Result<void> TopicTrades::read_gaps(StoreTables& tables) {
  GapFold fold;
  sink::DeclaredGap gap;
  auto const read = read_beside(options_.gaps_topic(),
                                [&](std::string_view datum, io::KafkaRecord const& record) {
                                  if (!sink::read_gap(datum, gap)) return "no TapeGap";
                                  if (record.key != gap.symbol) return "its key is not its symbol";
                                  fold.apply(gap);
                                  return static_cast<char const*>(nullptr);
                                });
  if (!read) return read.error();
  if (!*read) {
    tables.notes.push_back(
        fmt::format("there is no topic {}: no gap is declared", options_.gaps_topic()));
  }
  tables.gaps = fold.pieces();
  return {};
}

Result<void> TopicTrades::read_letters(StoreTables& tables) {
  auto const read =
      read_beside(options_.letters_topic(), [&](std::string_view datum, io::KafkaRecord const&) {
        if (!sink::is_dead_letter(datum)) return "no DeadLetter";
        ++tables.dead_letters;
        return static_cast<char const*>(nullptr);
      });
  if (!read) return read.error();
  return {};
}

Result<StoreTables> TopicTrades::tables() {
  StoreTables tables;
  if (auto const read = read_gaps(tables); !read) return read.error();
  if (auto const read = read_letters(tables); !read) return read.error();
  auto const now = io::read_topic_positions(options_, patience());
  if (!now) return now.error();
  if (now->symbols() != book_.symbols()) return tables;
  tables.positions.emplace();
  for (auto const& [symbol, position] : book_.symbols()) {
    tables.positions->push_back({symbol, position.last});
  }
  return tables;
}

}  // namespace k2::verify
