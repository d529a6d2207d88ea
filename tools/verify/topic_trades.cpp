#include "tools/verify/topic_trades.hpp"

#include "io/kafka_positions.hpp"
#include "sink/notice_datum.hpp"
#include "sink/partition.hpp"
#include "sink/serializer_cache.hpp"
#include "tools/verify/gap_fold.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace k2::verify {
namespace {

/// Brokers that say nothing for so long are gone.
constexpr std::chrono::seconds kSilenceMax{60};
/// Chosen: `k2 check` warns long before.
constexpr std::chrono::seconds kClocksApartMax{60};

/// Transactions that are open for longer keep the topic from being read. Chosen: many commits, and
/// short enough for a person who waits.
constexpr std::chrono::seconds kTransactionPatience{10};

/// Called whenever nothing arrived; true once that has lasted for kSilenceMax.
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
  std::unique_ptr<TopicTrades> trades{new TopicTrades{options, window}};
  if (with_positions) {
    if (auto const read = trades->read_before(); !read) return read.error();
  }
  if (auto const found = trades->find_ends(with_positions); !found) return found.error();
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
  trades->records_ = reader->offsets();
  trades->reader_ = std::make_unique<io::KafkaReader>(*std::move(reader));
  return trades;
}

Result<void> TopicTrades::read_before() {
  auto book = io::read_topic_positions(options_, patience());
  if (!book) return book.error();
  book_ = *std::move(book);
  auto const read = read_gaps(gaps_before_);
  if (!read) return read.error();
  // What is wrong with them is counted when they are read again, in the end.
  invalid_records_ = {};
  return {};
}

/// Waits for the transactions that are open now; what stays behind one of them is not read.
Result<void> TopicTrades::find_ends(bool with_positions) {
  auto ends = io::TopicEnds::open(options_);
  if (!ends) return ends.error();
  std::vector<std::string> topics{options_.topic};
  if (with_positions) {
    topics.push_back(options_.gaps_topic());
    topics.push_back(options_.letters_topic());
  }
  auto const until = std::chrono::steady_clock::now() + kTransactionPatience;
  for (std::string const& topic : topics) {
    auto const settled = ends->settle(topic, until);
    if (!settled) return settled.error();
    for (io::PartitionEnds const& one : *settled) {
      if (topic == options_.topic && one.begin > 0) shortened_.insert(one.partition);
      if (one.stable < one.high) unread_.add(io::blocked_text(topic, one));
    }
  }
  return {};
}

Result<bool> TopicTrades::next(StoredTrade& out) {
  for (;;) {
    io::KafkaRecord record;
    auto more = reader_->next(record);
    if (!more || !*more) return more;
    ++records_read_;
    if (char const* const why = read_record(record); why != nullptr) {
      invalid_records_.add(
          fmt::format("partition {}, offset {}: {}", record.partition, record.offset, why));
      continue;
    }
    out = stored_trade(record_);
    reached_.add(out.symbol, out.id, out.late);
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
  if (record.partition != sink::partition_of(record.key, reader_->partitions())) {
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

/// The state in the end of each gap that the topic of gaps names; false when there is none.
Result<bool> TopicTrades::read_gaps(std::vector<sink::DeclaredGap>& gaps) {
  GapFold fold;
  sink::DeclaredGap gap;
  auto read = read_beside(options_.gaps_topic(),
                          [&](std::string_view datum, io::KafkaRecord const& record) {
                            if (!sink::read_gap(datum, gap)) return "no TapeGap";
                            if (record.key != gap.symbol) return "its key is not its symbol";
                            if (gap.ids.last < gap.ids.first) return "its ids are no range";
                            fold.apply(gap);
                            return static_cast<char const*>(nullptr);
                          });
  if (read) gaps = fold.pieces();
  return read;
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
  auto const gaps = read_gaps(tables.gaps);
  if (!gaps) return gaps.error();
  if (!*gaps) {
    tables.notes.push_back(
        fmt::format("there is no topic {}: no gap is declared", options_.gaps_topic()));
  }
  tables.gaps_before = gaps_before_;
  if (auto const read = read_letters(tables); !read) return read.error();
  auto const now = io::read_topic_positions(options_, patience());
  if (!now) return now.error();
  tables.settled = now->symbols() == book_.symbols();
  tables.unread = unread_;
  check_positions(tables);
  note_retention(tables);
  return tables;
}

/// Notes that a tape starts with the first record in order, where brokers deleted the oldest ones.
/// LATE trades of a gap before that may follow it: the trades around them are deleted, not missing.
void TopicTrades::note_retention(StoreTables& tables) const {
  tables.retired_by = "by the topic's retention";
  for (auto const& [symbol, reached] : reached_.symbols()) {
    auto const partition = sink::partition_of(symbol, reader_->partitions());
    if (!shortened_.contains(partition) || !reached.lowest || *reached.lowest == TradeId{})
      continue;
    tables.retired.push_back({symbol, previous(*reached.lowest)});
  }
}

/// Checks the positions from before the reading: the records must reach them, regardless of
/// writers.
void TopicTrades::check_positions(StoreTables& tables) {
  for (auto const& [symbol, position] : book_.symbols()) {
    tables.positions.push_back({symbol, position.last});
  }
  for (sink::Position const& position : tables.positions) {
    auto const* const reached = reached_.find(position.symbol);
    bool const shortened =
        shortened_.contains(sink::partition_of(position.symbol, reader_->partitions()));
    if (reached != nullptr && (reached->in_order || !shortened)) {
      if (is_borne_out(position, tables.settled)) continue;
      auto const id = reached->in_order.value_or(reached->newest);
      tables.wrong_positions.add(position_text(position.symbol, id, position.last));
    } else if (is_part_) {
      continue;
    } else if (shortened) {
      tables.unread.add(
          fmt::format("{}: the topic's retention has deleted its records", position.symbol));
      // LATE trades may be left; alone they say nothing about the tape around them.
      tables.retired.push_back(position);
      continue;
    } else {
      tables.wrong_positions.add(position_text(position.symbol, std::nullopt, position.last));
    }
    tables.unreached.push_back(position);
  }
  if (!tables.settled) return;
  for (std::string const& symbol : reached_.without_position(tables.positions)) {
    tables.wrong_positions.add(
        position_text(symbol, reached_.find(symbol)->in_order, std::nullopt));
  }
}

/// Returns whether the records reach the position. LATE trades before any newer one move it, too.
bool TopicTrades::is_borne_out(sink::Position const& position, bool settled) const {
  auto const* const reached = reached_.find(position.symbol);
  if (!settled) return reached->newest >= position.last;
  return reached->in_order == position.last || reached->newest == position.last;
}

}  // namespace k2::verify
