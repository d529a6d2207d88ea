#include "io/kafka_ports.hpp"

#include "io/followed_journal.hpp"
#include "io/kafka_group.hpp"
#include "io/kafka_positions.hpp"
#include "io/kafka_reader.hpp"
#include "io/kafka_registration.hpp"
#include "io/kafka_session.hpp"
#include "io/kafka_sweep.hpp"
#include "io/kafka_trades.hpp"
#include "io/log.hpp"
#include "sink/trade_record.hpp"

#include <fmt/format.h>

#include <malloc.h>
#include <optional>
#include <utility>

namespace k2::io {
namespace {

/// Dead letters of one transaction, by count and by bytes. Chosen: far below what librdkafka may
/// hold.
constexpr std::size_t kLettersAtOnce = 100;
constexpr std::size_t kLetterBytesAtOnce = std::size_t{1} << 20;

/// Longest wait for the group coordinator, and for the next position. Chosen: other partitions are
/// not delivered meanwhile; positions come in batches.
constexpr std::chrono::milliseconds kGroupWait{100};
constexpr std::chrono::milliseconds kPositionWait{20};

/// Gives memory back that a producer or a reader had queued. What the allocator keeps of it would
/// look like a leak.
void release_memory() {
  (void)malloc_trim(0);
}

class Journal : public sink::JournalPort {
 public:
  explicit Journal(JournalReader reader) : reader_(std::move(reader)) {}

  Result<sink::JournalFacts> facts() override { return read_facts(reader_); }

  Result<void> seek(std::uint64_t sequence) override {
    left_ = 0;
    return reader_.seek(sequence);
  }

  Result<bool> next(sink::JournalRecord& out) override {
    while (left_ == 0) {
      switch (reader_.next(block_)) {
        case ReadStatus::kBlock:
          left_ = block_.count;
          datums_ = sink::AvroReader{block_.bytes};
          break;
        case ReadStatus::kEnd:
          return false;
        case ReadStatus::kFailed:
          return reader_.error();
        case ReadStatus::kCorrupt:
          log_event(LogLevel::kError, "kafka.block_lost",
                    {{"error", reader_.error().to_string()},
                     {"action",
                      "continuing after the block: the journal's file is damaged and "
                      "these trades are not in the topic; `k2 verify` names them"}});
          break;
      }
    }
    char const* const begin = datums_.place();
    if (!sink::read_trade(datums_, record_)) {
      return Error{Errc::kDataCorrupt, "a block of the journal holds no TradeV2"};
    }
    out = {.sequence = block_.end_sequence() - left_,
           .symbol = record_.symbol,
           .id = TradeId{static_cast<std::uint64_t>(record_.source_sequence.value_or(0))},
           .late = record_.late(),
           .received = record_.ingestion_timestamp,
           .datum = {begin, datums_.place()}};
    --left_;
    return true;
  }

  Result<std::vector<std::int32_t>> refuted_hints(
      std::span<sink::JournalHint const> hints) override {
    left_ = 0;
    return io::refuted_hints(reader_, hints);
  }

  Result<std::vector<sink::DeclaredGap>> gaps() override { return reader_.gaps(); }

  Result<std::optional<std::uint64_t>> stage_dead_letters(std::uint64_t after) override {
    staged_.clear();
    auto letters = reader_.letters_behind(after, kLettersAtOnce, kLetterBytesAtOnce);
    if (!letters) return letters.error();
    staged_ = *std::move(letters);
    if (staged_.empty()) return std::optional<std::uint64_t>{};
    return std::optional{staged_.back().number};
  }
  [[nodiscard]] std::span<NumberedLetter const> staged() const noexcept { return staged_; }

 private:
  JournalReader reader_;
  sink::Block block_;
  sink::AvroReader datums_{{}};
  sink::TradeRecord record_;
  /// Records of the block that have not been read.
  std::uint32_t left_ = 0;
  std::vector<NumberedLetter> staged_;
};

class Group : public sink::GroupPort {
 public:
  Group(KafkaOptions const& options, std::function<bool()> give_up)
      : options_(options), give_up_(std::move(give_up)) {}

  Result<void> join() override {
    if (group_ && !group_->is_over()) return {};
    group_.reset();
    if (auto const done = register_journal(options_, give_up_); !done) return done;
    auto joined = KafkaGroup::join(options_);
    if (!joined) return joined.error();
    group_.emplace(*std::move(joined));
    return {};
  }
  Result<void> poll(std::chrono::milliseconds patience,
                    std::vector<sink::GroupChange>& out) override {
    return group_ ? group_->poll(patience, out) : Result<void>{};
  }
  [[nodiscard]] bool is_over() const override { return group_ && group_->is_over(); }
  Result<sink::GroupTransactions> transactions(std::set<std::int32_t> const& partitions) override {
    return group_->transactions(partitions, kGroupWait);
  }

  [[nodiscard]] KafkaGroup const& get() const { return *group_; }
  [[nodiscard]] std::size_t surplus() const { return group_ ? group_->surplus() : 0; }
  void leave(std::chrono::nanoseconds patience) {
    if (group_) group_->leave(patience);
    group_.reset();
  }

 private:
  KafkaOptions const& options_;
  std::function<bool()> give_up_;
  std::optional<KafkaGroup> group_;
};

class Transaction : public sink::TransactionPort {
 public:
  Transaction(KafkaOptions const& options, std::filesystem::path data_dir,
              sink::SerializerCache& serializers, Journal const& journal, Group const& group,
              std::function<bool()> give_up)
      : options_(options),
        data_dir_(std::move(data_dir)),
        serializers_(serializers),
        journal_(journal),
        group_(group),
        give_up_(std::move(give_up)) {}

  Result<sink::Progress> open() override {
    if (!session_) {
      auto session = KafkaSession::open(options_, data_dir_, serializers_, give_up_);
      if (!session) return session.error();
      session_ = *std::move(session);
    }
    return session_->take_over();
  }
  void close() override {
    if (!session_) return;
    session_.reset();
    release_memory();
  }
  Result<void> begin() override { return session_->begin(); }
  Result<void> produce(sink::JournalRecord const& record, bool mark_late) override {
    return session_->produce(record.symbol, record.datum, mark_late);
  }
  Result<void> produce_gaps(std::span<sink::DeclaredGap const> gaps) override {
    return session_->produce_gaps(gaps);
  }
  Result<void> produce_dead_letters() override {
    return session_->produce_letters(journal_.staged());
  }
  Result<void> produce_positions(std::span<sink::MovedPosition const> moved,
                                 std::optional<std::uint64_t> dead_letters,
                                 std::span<sink::HangingNote const> compared) override {
    return session_->produce_positions(moved, dead_letters, compared);
  }
  Result<sink::Progress> send_offsets(std::span<std::int32_t const> partitions) override {
    return session_->send_offsets(partitions, group_.get());
  }
  Result<sink::Progress> flush() override { return session_->flush(); }
  Result<sink::Progress> commit() override { return session_->commit(); }
  Result<sink::Progress> abort() override { return session_->abort(); }
  [[nodiscard]] bool can_abort() const override { return session_ && session_->can_abort(); }
  bool is_ambiguous() override { return session_ && session_->is_ambiguous(); }
  Result<sink::Progress> write_notes(std::span<sink::HangingNote const> notes) override {
    auto const written = io::write_notes(options_, notes, give_up_);
    if (!written) return written.error();
    return sink::Progress::kDone;
  }
  Result<sink::Progress> abort_hanging(std::set<std::string> const& journals) override {
    auto const swept = sweep(options_, journals, group_.get(), give_up_);
    if (!swept) return swept.error();
    return sink::Progress::kDone;
  }

 private:
  KafkaOptions const& options_;
  std::filesystem::path data_dir_;
  sink::SerializerCache& serializers_;
  Journal const& journal_;
  Group const& group_;
  std::function<bool()> give_up_;
  std::optional<KafkaSession> session_;
};

class Positions : public sink::PositionsPort {
 public:
  Positions(KafkaOptions const& options, std::function<bool()> give_up)
      : options_(options), give_up_(std::move(give_up)) {}

  Result<sink::Progress> open(std::set<std::int32_t> const& partitions,
                              sink::ReadEnd end) override {
    auto reader = KafkaReader::open(options_,
                                    {.topic = options_.positions_topic(),
                                     .partitions = partitions,
                                     .open_transactions = end == sink::ReadEnd::kHighWatermark,
                                     .finds_ends = true},
                                    give_up_);
    if (!reader) return reader.error();
    if (reader->partitions() == 0) {
      // If it counted as empty, everything would be delivered again.
      return Error{Errc::kKafkaFailed,
                   fmt::format("the brokers do not show the topic {}", options_.positions_topic())};
    }
    reader_.emplace(*std::move(reader));
    return sink::Progress::kDone;
  }

  Result<sink::PositionRead> read(sink::PositionRecord& out) override {
    KafkaRecord record;
    auto const read = reader_->try_next(record, kPositionWait);
    if (!read) return read.error();
    switch (*read) {
      case KafkaRead::kEnd:
        return sink::PositionRead::kEnd;
      case KafkaRead::kNothingYet:
        return reader_->is_waiting() ? sink::PositionRead::kPendingTransactions
                                     : sink::PositionRead::kNothingYet;
      case KafkaRead::kRecord:
        break;
    }
    out = {record.partition, record.key, record.value};
    return sink::PositionRead::kRecord;
  }

  [[nodiscard]] std::int64_t end_of(std::int32_t partition) const override {
    return reader_->end_of(partition);
  }

  Result<sink::Progress> find_ends(std::span<sink::TopicPlace> places) override {
    return find(places, [this](std::span<KafkaPlace> asked) { return reader_->find_ends(asked); });
  }
  Result<sink::Progress> find_stable_ends(std::span<sink::TopicPlace> places) override {
    return find(places,
                [this](std::span<KafkaPlace> asked) { return reader_->find_stable_ends(asked); });
  }
  Result<void> check(std::set<std::int32_t> const& used, sink::PositionBook const& book) override {
    log_misplaced(book, options_.partitions);
    return check_positions_present(options_, used, book, give_up_);
  }
  void close() override {
    if (!reader_) return;
    reader_.reset();
    release_memory();
  }

 private:
  template <class Find>
  Result<sink::Progress> find(std::span<sink::TopicPlace> places, Find const& ask) {
    std::vector<KafkaPlace> asked;
    for (sink::TopicPlace const& place : places) {
      asked.push_back({.topic = options_.name_of(place.topic), .partition = place.partition});
    }
    if (auto const found = ask(asked); !found) return found.error();
    for (std::size_t at = 0; at < places.size(); ++at) places[at].offset = asked[at].offset;
    return sink::Progress::kDone;
  }

  KafkaOptions const& options_;
  std::function<bool()> give_up_;
  std::optional<KafkaReader> reader_;
};

}  // namespace

struct KafkaPorts::Parts {
  Parts(JournalReader reader, KafkaOptions const& options, std::filesystem::path const& data_dir,
        sink::SerializerCache& serializers, std::function<bool()> const& give_up)
      : journal(std::move(reader)),
        group(options, give_up),
        transaction(options, data_dir, serializers, journal, group, give_up),
        positions(options, give_up),
        trades(options, give_up) {}

  Journal journal;
  Group group;
  Transaction transaction;
  Positions positions;
  KafkaTrades trades;
};

KafkaPorts::KafkaPorts(std::unique_ptr<Parts> parts) noexcept : parts_(std::move(parts)) {}
KafkaPorts::KafkaPorts(KafkaPorts&&) noexcept = default;
KafkaPorts::~KafkaPorts() = default;

Result<KafkaPorts> KafkaPorts::open(KafkaOptions const& options,
                                    std::filesystem::path const& data_dir,
                                    sink::SerializerCache& serializers,
                                    std::function<bool()> give_up) {
  auto reader = JournalReader::open(data_dir);
  if (!reader) return reader.error();
  return KafkaPorts{
      std::make_unique<Parts>(*std::move(reader), options, data_dir, serializers, give_up)};
}

sink::DeliveryPorts KafkaPorts::ports() noexcept {
  return {parts_->journal, parts_->transaction, parts_->group, parts_->positions, parts_->trades};
}

std::size_t KafkaPorts::surplus_partitions() const {
  return parts_->group.surplus();
}

void KafkaPorts::leave(std::chrono::nanoseconds patience) {
  parts_->positions.close();
  parts_->trades.close();
  parts_->transaction.close();
  parts_->group.leave(patience);
}

}  // namespace k2::io
