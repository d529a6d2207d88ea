// Dialogues with the delivery driver: what it requests from its ports, in which order, and what it
// does when a request is refused, times out or may arrive twice.
#include "sink/delivery_driver.hpp"

#include "sink/partition.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>

namespace k2::sink {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int32_t kPartitions = 4;
std::int32_t const kBtc = partition_of("BTCUSDT", kPartitions);

using Kind = DeliveryEvent::Kind;

/// A positions topic whose content the test sets, in the partition of BTCUSDT.
class Positions : public PositionsPort {
 public:
  explicit Positions(std::vector<std::string>& requests) : requests_(requests) {}

  std::map<std::string, std::string> records;
  /// The topic in which the partition of BTCUSDT has this last stable offset.
  DeliveryTopic hanging = DeliveryTopic::kTrades;
  std::int64_t stable_end = 10;
  /// The ends of its partitions.
  std::int64_t end = 10;
  /// The offset up to which each partition is read.
  std::int64_t read_end = 10;

  Result<Progress> open(std::set<std::int32_t> const& /*partitions*/, ReadEnd /*end*/) override {
    requests_.emplace_back("read positions");
    unread_ = records;
    return Progress::kDone;
  }
  Result<PositionRead> read(PositionRecord& out) override {
    if (unread_.empty()) return PositionRead::kEnd;
    last_read_ = *unread_.begin();
    unread_.erase(unread_.begin());
    out = {kBtc, last_read_.first, last_read_.second};
    return PositionRead::kRecord;
  }
  [[nodiscard]] std::int64_t end_of(std::int32_t /*partition*/) const override { return read_end; }
  Result<Progress> find_ends(std::span<TopicPlace> places) override {
    for (TopicPlace& place : places) {
      place.offset = place.topic == DeliveryTopic::kPositions ? end : 10;
    }
    return Progress::kDone;
  }
  Result<Progress> find_stable_ends(std::span<TopicPlace> places) override {
    for (TopicPlace& place : places) {
      bool const hangs = place.topic == hanging && place.partition == kBtc;
      place.offset = hangs ? stable_end : 10;
    }
    return Progress::kDone;
  }
  Result<void> check(std::set<std::int32_t> const& used, PositionBook const& /*book*/) override {
    checked = used;
    return {};
  }
  void close() override {}

  std::set<std::int32_t> checked;

 private:
  std::vector<std::string>& requests_;
  std::map<std::string, std::string> unread_;
  std::pair<std::string, std::string> last_read_;
};

/// The trades of BTCUSDT that a transaction held, and those that are visible.
class Trades : public TradesPort {
 public:
  std::vector<std::uint64_t> held;
  std::vector<std::uint64_t> committed;
  std::vector<TopicPlace> timed;

  Result<Progress> open_held(std::int32_t /*partition*/, std::int64_t /*from*/) override {
    unread_.assign(held.begin(), held.end());
    return Progress::kDone;
  }
  Result<Progress> open_committed(std::int32_t /*partition*/, UtcTime /*since*/) override {
    unread_.assign(committed.begin(), committed.end());
    return Progress::kDone;
  }
  Result<PositionRead> read(TopicTrade& out) override {
    if (unread_.empty()) return PositionRead::kEnd;
    out = {.symbol = "BTCUSDT", .id = TradeId{unread_.front()}, .time = UtcTime{2h}};
    unread_.pop_front();
    return PositionRead::kRecord;
  }
  void close() override {}
  Result<Progress> find_time(TopicPlace const& place, UtcTime& out) override {
    timed.push_back(place);
    out = UtcTime{2h};
    return Progress::kDone;
  }

 private:
  std::deque<std::uint64_t> unread_;
};

/// Scripted ports: they record the requests, and return the answers of the test.
class Ports : public JournalPort,
              public TransactionPort,
              public GroupPort,
              public DeliveryObserver {
 public:
  std::vector<std::string> requests;
  std::vector<Kind> events;
  std::vector<Error> errors;
  std::uint64_t committed = 0;
  /// The content of the journal: ids of BTCUSDT, numbered from 1.
  std::vector<std::uint64_t> journal;
  /// The number of dead letters that it holds.
  std::uint64_t dead_letters = 0;
  std::deque<GroupChange> group;
  Positions positions{requests};
  Trades trades;
  GroupTransactions group_transactions = GroupTransactions::kSettled;
  bool ambiguous = false;
  bool abortable = false;
  /// The next answers per request; without one it is done.
  std::map<std::string, std::deque<Result<Progress>>> answers;

  [[nodiscard]] std::vector<std::string> take_requests() { return std::exchange(requests, {}); }
  [[nodiscard]] DeliveryPorts all() { return {*this, *this, *this, positions, trades}; }

  // The journal.
  Result<JournalFacts> facts() override {
    JournalFacts facts{.end_sequence = journal.size() + 1, .newest_letter = dead_letters};
    if (!journal.empty()) facts.positions.push_back({"BTCUSDT", TradeId{journal.back()}});
    return facts;
  }
  Result<void> seek(std::uint64_t sequence) override {
    place_ = sequence;
    return {};
  }
  Result<bool> next(JournalRecord& out) override {
    if (place_ > journal.size()) return false;
    out = {};
    out.sequence = place_;
    out.symbol = "BTCUSDT";
    out.id = TradeId{journal[place_ - 1]};
    ++place_;
    return true;
  }
  Result<std::vector<std::int32_t>> refuted_hints(std::span<JournalHint const> /*hints*/) override {
    return std::vector<std::int32_t>{};
  }
  Result<std::vector<DeclaredGap>> gaps() override { return std::vector<DeclaredGap>{}; }
  Result<std::optional<std::uint64_t>> stage_dead_letters(std::uint64_t after) override {
    return dead_letters > after ? std::optional{dead_letters} : std::optional<std::uint64_t>{};
  }

  // The producer.
  Result<Progress> open() override {
    ambiguous = false;
    return answer("open");
  }
  void close() override { requests.emplace_back("close"); }
  Result<void> begin() override { return now("begin"); }
  Result<void> produce(JournalRecord const& record, bool mark_late) override {
    return now(fmt::format("produce {}{}", value(record.id), mark_late ? " LATE" : ""));
  }
  Result<void> produce_gaps(std::span<DeclaredGap const> gaps) override {
    return now(fmt::format("gaps {}", gaps.size()));
  }
  Result<void> produce_dead_letters() override { return now("dead letters"); }
  Result<void> produce_positions(std::span<MovedPosition const> moved,
                                 std::optional<std::uint64_t> /*dead_letters*/,
                                 std::span<HangingNote const> compared) override {
    for (HangingNote const& note : compared) requests.push_back("delete " + hanging_key(note));
    return now(fmt::format("position {}", moved.empty() ? 0 : value(moved.front().last)));
  }
  Result<Progress> send_offsets(std::span<std::int32_t const> /*partitions*/) override {
    return answer("offsets");
  }
  Result<Progress> flush() override { return answer("flush"); }
  Result<Progress> commit() override { return answer("commit"); }
  Result<Progress> abort() override { return answer("abort"); }
  [[nodiscard]] bool can_abort() const override { return abortable; }
  bool is_ambiguous() override { return ambiguous; }
  Result<Progress> write_notes(std::span<HangingNote const> notes) override {
    for (HangingNote const& note : notes) {
      requests.push_back("write " + hanging_key(note));
      positions.records[hanging_key(note)] = hanging_value(note);
    }
    return Progress::kDone;
  }
  Result<Progress> abort_hanging(std::set<std::string> const& journals) override {
    return answer(fmt::format("abort hanging {}", fmt::join(journals, ",")));
  }

  // The group.
  Result<void> join() override { return {}; }
  Result<void> poll(std::chrono::milliseconds /*patience*/,
                    std::vector<GroupChange>& out) override {
    out.assign(group.begin(), group.end());
    group.clear();
    return {};
  }
  [[nodiscard]] bool is_over() const override { return false; }
  Result<GroupTransactions> transactions(std::set<std::int32_t> const& /*partitions*/) override {
    return group_transactions;
  }

  // The observer.
  void on_event(DeliveryEvent const& event) override {
    events.push_back(event.kind);
    if (event.error.code != Errc::kOk) errors.push_back(event.error);
  }
  void on_committed(std::span<UtcTime const> received, UtcTime /*now*/) override {
    committed += received.size();
  }

 private:
  Result<Progress> answer(std::string const& request) {
    requests.push_back(request);
    auto& queue = answers[request];
    if (queue.empty()) return Progress::kDone;
    auto const next = queue.front();
    queue.pop_front();
    return next;
  }
  Result<void> now(std::string const& request) {
    auto const done = answer(request);
    return done ? Result<void>{} : done.error();
  }

  std::uint64_t place_ = 1;
};

class DeliveryDriverTest : public testing::Test {
 protected:
  void start(DriverOptions options = {}) {
    options.delivery = {.journal = "mine", .partitions = kPartitions};
    driver_.emplace(options, ports_.all(), ports_, JournalFacts{}, now_);
  }
  DriverWait step(std::chrono::nanoseconds later = 0ms) {
    now_.mono += later;
    return driver_->step(now_);
  }
  /// Steps until the driver waits, and returns the reason.
  DriverWait::For run(std::chrono::nanoseconds later = 0ms) {
    auto wait = step(later);
    while (wait.reason == DriverWait::For::kNothing) wait = step();
    return wait.reason;
  }
  /// A driver that owns the partition of BTCUSDT, and that has delivered the journal.
  void own(DriverOptions const& options = {}) {
    start(options);
    ports_.group.push_back({GroupChange::Kind::kAssigned, {kBtc}});
    EXPECT_EQ(run(), DriverWait::For::kJournal);
    ports_.requests.clear();
    ports_.events.clear();
  }
  /// The topic holds the first record of the journal.
  void set_position(std::uint64_t last) {
    ports_.positions.records["BTCUSDT"] = position_value(TradeId{last}, "mine", 1, {});
  }

  Ports ports_;
  Now now_{MonoTime{1h}, UtcTime{}};
  std::optional<DeliveryDriver> driver_;
};

TEST_F(DeliveryDriverTest, DeliversInOneTransactionWithThePositionsAfterTheAcknowledgedRecords) {
  own();
  ports_.journal = {7, 8};
  EXPECT_EQ(run(), DriverWait::For::kCommitTurn);
  EXPECT_THAT(ports_.take_requests(), ElementsAre("begin", "produce 7", "produce 8", "offsets",
                                                  "flush", "position 8", "commit"));
  EXPECT_EQ(ports_.committed, 2U);
  EXPECT_EQ(driver_->delivered_sequence(), 3U);
}

TEST_F(DeliveryDriverTest, PositionsWaitUntilEveryRecordIsAcknowledged) {
  own();
  ports_.journal = {7};
  ports_.answers["flush"] = {Progress::kPending, Progress::kPending};
  run();
  EXPECT_THAT(ports_.take_requests(), ElementsAre("begin", "produce 7", "offsets", "flush", "flush",
                                                  "flush", "position 7", "commit"));
}

TEST_F(DeliveryDriverTest, ABrokenConnectionReplacesTheProducerBeforeTheNextTransaction) {
  own();
  ports_.journal = {7};
  run();
  ports_.requests.clear();
  set_position(7);
  ports_.journal = {7, 8};
  ports_.ambiguous = true;
  run(50ms);
  EXPECT_THAT(ports_.take_requests(),
              ElementsAre("close", "close", "open", "read positions", "begin", "produce 8",
                          "offsets", "flush", "position 8", "commit"));
  EXPECT_THAT(ports_.events,
              ElementsAre(Kind::kProducerReplaced, Kind::kConnected, Kind::kPartitionsLoaded));
}

TEST_F(DeliveryDriverTest, AConnectionThatBreaksWithinATransactionPreventsItsCommit) {
  own();
  ports_.journal = {7};
  ports_.answers["flush"] = {Progress::kPending};
  for (int at = 0; at < 3; ++at) (void)step();
  ports_.ambiguous = true;
  run();
  run(50ms);
  auto const requests = ports_.take_requests();
  auto const closed = std::ranges::find(requests, "close");
  EXPECT_EQ(std::ranges::count(requests.begin(), closed, "commit"), 0);
  EXPECT_THAT(std::vector(std::ranges::find(requests, "open"), requests.end()),
              ElementsAre("open", "read positions", "begin", "produce 7", "offsets", "flush",
                          "position 7", "commit"))
      << "the records are produced again, with a new epoch";
}

TEST_F(DeliveryDriverTest, AnUnknownOutcomeReplacesTheProducerAndReadsThePositions) {
  own();
  ports_.journal = {7};
  ports_.answers["commit"] = {Error{Errc::kKafkaFailed, "no answer"}};
  EXPECT_EQ(run(), DriverWait::For::kRetry);
  set_position(7);  // it was committed after all
  run(200ms);
  EXPECT_THAT(ports_.take_requests(),
              ElementsAre("begin", "produce 7", "offsets", "flush", "position 7", "commit", "close",
                          "close", "open", "read positions"));
  EXPECT_EQ(driver_->delivered_sequence(), 2U);
}

TEST_F(DeliveryDriverTest, ARequestWithoutAnAnswerTimesOutAndReplacesTheProducer) {
  own();
  ports_.journal = {7};
  ports_.answers["commit"].assign(100, Progress::kPending);
  auto wait = step();
  for (int second = 0; second < 29; ++second) wait = step(1s);
  EXPECT_THAT(ports_.errors, IsEmpty());
  while (wait.reason != DriverWait::For::kRetry) wait = step(1s);
  ASSERT_EQ(ports_.errors.size(), 1U);
  EXPECT_EQ(ports_.errors.front().to_string(),
            "timeout: commit: the brokers did not answer within 30 s");
  EXPECT_EQ(ports_.requests.back(), "close");
}

TEST_F(DeliveryDriverTest, ARejectedTransactionIsAbortedWithTheSameProducer) {
  own();
  ports_.journal = {7};
  ports_.abortable = true;
  ports_.answers["offsets"] = {Error{Errc::kKafkaFenced, "ILLEGAL_GENERATION"}};
  EXPECT_EQ(run(), DriverWait::For::kRetry);
  EXPECT_THAT(ports_.take_requests(), ElementsAre("begin", "produce 7", "offsets"));
  run(50ms);
  EXPECT_THAT(ports_.take_requests(), ElementsAre("abort", "read positions", "begin", "produce 7",
                                                  "offsets", "flush", "position 7", "commit"));
  EXPECT_THAT(ports_.events, ElementsAre(Kind::kFenced, Kind::kAborted, Kind::kPartitionsLoaded));
}

TEST_F(DeliveryDriverTest, ARejectedTransactionIsNotAbortedWhenAConnectionBrokeAsWell) {
  own();
  ports_.journal = {7};
  ports_.abortable = true;
  ports_.answers["offsets"] = {Error{Errc::kKafkaFenced, "ILLEGAL_GENERATION"}};
  run();
  ports_.requests.clear();
  ports_.ambiguous = true;
  run(50ms);
  EXPECT_EQ(ports_.requests.front(), "close");
  EXPECT_EQ(std::ranges::count(ports_.requests, "abort"), 0);
}

TEST_F(DeliveryDriverTest, PausesLongerAfterEachFailureUpToTheMaximum) {
  DriverOptions options;
  options.retry_first = 200ms;
  options.retry_max = 1s;
  own(options);
  ports_.ambiguous = true;
  ports_.answers["open"].assign(5, Error{Errc::kKafkaFailed, "no broker"});
  std::vector<std::chrono::nanoseconds> pauses;
  for (int failure = 0; failure < 4; ++failure) {
    auto wait = step(10s);
    while (wait.reason != DriverWait::For::kRetry) wait = step();
    pauses.push_back(wait.time);
  }
  EXPECT_THAT(pauses, ElementsAre(200ms, 400ms, 800ms, 1s));
}

TEST_F(DeliveryDriverTest, ATransactionTakesNoMoreRecordsThanTheLinkCarries) {
  own();
  for (std::uint64_t id = 1; id <= 10'000; ++id) ports_.journal.push_back(id);
  ports_.answers["flush"] = {Progress::kPending};
  while (std::ranges::count(ports_.requests, "flush") == 0) (void)step();
  EXPECT_EQ(std::ranges::count_if(ports_.requests,
                                  [](auto const& one) { return one.starts_with("produce"); }),
            2'000);
  (void)step(8s);
  while (ports_.committed == 0) (void)step();
  EXPECT_EQ(driver_->transaction_limit(), 500U);
}

TEST_F(DeliveryDriverTest, ASlowTransactionThatFailsHalvesTheNextOne) {
  own();
  ports_.journal = {7};
  ports_.answers["flush"] = {Progress::kPending, Error{Errc::kKafkaFailed, "timed out"}};
  while (std::ranges::count(ports_.requests, "flush") == 0) (void)step();
  (void)step(9s);
  EXPECT_EQ(driver_->transaction_limit(), 1'000U);
}

TEST_F(DeliveryDriverTest, TransactionsThatHangAreAbortedInTheNamesOfAllJournals) {
  own();
  ports_.positions.records["BTCUSDT"] = position_value(TradeId{1}, "other", 1, {});
  ports_.positions.stable_end = 9;
  ports_.ambiguous = true;
  for (int second = 0; second < 40; ++second) (void)step(1s);
  EXPECT_EQ(std::ranges::count(ports_.requests, "abort hanging mine,other"), 1);
}

TEST_F(DeliveryDriverTest, AbortsWhatHangsOnlyAfterANoteAboutItIsWritten) {
  own();
  ports_.positions.stable_end = 9;
  ports_.ambiguous = true;
  for (int second = 0; second < 40; ++second) (void)step(1s);
  auto const note = std::ranges::find(ports_.requests, fmt::format("write /hanging/{}/9", kBtc));
  auto const abort = std::ranges::find(ports_.requests, "abort hanging mine");
  ASSERT_NE(note, ports_.requests.end());
  ASSERT_NE(abort, ports_.requests.end());
  EXPECT_LT(note, abort);
  EXPECT_EQ(ports_.positions.records.at(fmt::format("/hanging/{}/9", kBtc)),
            R"({"since_us":7140000000})")
      << "a minute before the first record that hangs";
  ASSERT_EQ(ports_.trades.timed.size(), 1U);
  EXPECT_EQ(ports_.trades.timed.front().offset, 9);
}

TEST_F(DeliveryDriverTest, TradesThatAnAbortTookAreDeliveredAgainAndTheNoteIsDeleted) {
  ports_.journal = {7, 8};
  set_position(8);
  HangingNote const note{kBtc, 9, UtcTime{2h}};
  ports_.positions.records[hanging_key(note)] = hanging_value(note);
  ports_.trades.held = {7, 8};
  ports_.trades.committed = {7};
  start();
  ports_.group.push_back({GroupChange::Kind::kAssigned, {kBtc}});
  (void)run();
  (void)run(50ms);
  EXPECT_THAT(
      ports_.take_requests(),
      ElementsAre("close", "open", "read positions", "begin", "produce 8 LATE", "gaps 2", "offsets",
                  "flush", "delete " + hanging_key(note), "position 8", "commit"));
  EXPECT_THAT(ports_.events, ElementsAre(Kind::kConnected, Kind::kGroupChanged,
                                         Kind::kPositionsCorrected, Kind::kPartitionsLoaded));
  (void)run(50ms);
  EXPECT_THAT(ports_.take_requests(), IsEmpty());
}

TEST_F(DeliveryDriverTest, TradesThatNoPositionCoversAreNotDeliveredTwice) {
  ports_.journal = {7, 8};
  set_position(7);
  HangingNote const note{kBtc, 9, UtcTime{2h}};
  ports_.positions.records[hanging_key(note)] = hanging_value(note);
  ports_.trades.committed = {7, 8};
  start();
  ports_.group.push_back({GroupChange::Kind::kAssigned, {kBtc}});
  (void)run();
  (void)run(50ms);
  EXPECT_THAT(ports_.take_requests(),
              ElementsAre("close", "open", "read positions", "begin", "offsets", "flush",
                          "delete " + hanging_key(note), "position 8", "commit"));
}

TEST_F(DeliveryDriverTest, ANoteWithoutADifferenceIsDeletedAlone) {
  ports_.journal = {7};
  set_position(7);
  HangingNote const note{kBtc, 9, UtcTime{2h}};
  ports_.positions.records[hanging_key(note)] = hanging_value(note);
  ports_.trades.held = {7};
  ports_.trades.committed = {7};
  start();
  ports_.group.push_back({GroupChange::Kind::kAssigned, {kBtc}});
  (void)run();
  (void)run(50ms);
  EXPECT_THAT(ports_.take_requests(),
              ElementsAre("close", "open", "read positions", "begin", "offsets", "flush",
                          "delete " + hanging_key(note), "position 0", "commit"));
}

TEST_F(DeliveryDriverTest, PositionsAreReadAgainWhenTheirTopicHasGrownMeanwhile) {
  ports_.positions.read_end = 9;
  start();
  ports_.group.push_back({GroupChange::Kind::kAssigned, {kBtc}});
  for (int at = 0; at < 30; ++at) (void)step();
  EXPECT_GE(std::ranges::count(ports_.requests, "read positions"), 2);
  ports_.positions.read_end = 10;
  (void)run();
  EXPECT_EQ(ports_.events.back(), Kind::kPartitionsLoaded);
}

TEST_F(DeliveryDriverTest, APositionsTopicWithoutAnAnswerIsNoWaitForAnOutcome) {
  own();
  ports_.group_transactions = GroupTransactions::kUnknown;
  ports_.ambiguous = true;
  for (int second = 0; second < 40; ++second) (void)step(1s);
  EXPECT_EQ(std::ranges::count(ports_.events, Kind::kAbortingHangingTransactions), 0);
}

TEST_F(DeliveryDriverTest, NothingIsGatheredBetweenTwoTurns) {
  own();
  ports_.journal = {7};
  run();
  ports_.journal = {7, 8};
  EXPECT_EQ(step(20ms).reason, DriverWait::For::kCommitTurn);
  EXPECT_EQ(step(30ms).reason, DriverWait::For::kNothing);
}

TEST_F(DeliveryDriverTest, WithoutTransactionsRecordsGoImmediatelyAndPositionsAfterTheInterval) {
  DriverOptions options;
  options.transactions = false;
  options.commit_interval = 1s;
  own(options);
  ports_.journal = {7};
  EXPECT_EQ(step().reason, DriverWait::For::kJournal);
  EXPECT_THAT(ports_.take_requests(), ElementsAre("begin", "produce 7"));
  ports_.journal = {7, 8};
  EXPECT_EQ(step(500ms).reason, DriverWait::For::kJournal);
  EXPECT_THAT(ports_.take_requests(), ElementsAre("produce 8"));
  run(500ms);
  EXPECT_THAT(ports_.take_requests(), ElementsAre("flush", "position 8", "commit"));
}

TEST_F(DeliveryDriverTest, ReportsIdsThatTheJournalDoesNotHoldAfterTwoLooks) {
  own();
  ports_.journal = {7, 9};
  (void)run();
  (void)run(5s);
  EXPECT_THAT(driver_->take_lost_ids(), IsEmpty());
  (void)run(5s);
  EXPECT_THAT(driver_->take_lost_ids(),
              ElementsAre(SymbolIds{"BTCUSDT", {{TradeId{8}, TradeId{8}}}}));
}

TEST_F(DeliveryDriverTest, DeadLettersAreDeliveredByAProcessWithoutPartitions) {
  ports_.dead_letters = 2;
  ports_.group_transactions = GroupTransactions::kOpen;
  start();
  // Partitions that were added to the topic are no assignment (io/kafka_group).
  ports_.group.push_back({GroupChange::Kind::kAssigned, {}});
  while (std::ranges::count(ports_.requests, "commit") == 0 && now_.mono < MonoTime{2h}) {
    (void)step(50ms);
  }
  EXPECT_THAT(ports_.take_requests(), ElementsAre("close", "open", "read positions", "begin",
                                                  "dead letters", "flush", "position 0", "commit"));
  (void)run(50ms);
  EXPECT_THAT(ports_.take_requests(), IsEmpty()) << "each dead letter is delivered once";
}

TEST_F(DeliveryDriverTest, DeadLettersWithoutANumberAreCheckedAgainstAllTrades) {
  std::int32_t const read = partition_of(letter_key("mine"), kPartitions);
  ports_.dead_letters = 2;
  ports_.positions.end = 0;
  start();
  ports_.group.push_back({GroupChange::Kind::kAssigned, {}});
  (void)run();
  EXPECT_THAT(ports_.positions.checked, ElementsAre(0, 1, 2, 3)) << "no position is left";

  ports_.positions.end = 10;
  ports_.answers["commit"] = {Error{Errc::kKafkaFailed, "no answer"}};
  ports_.dead_letters = 3;
  (void)run(50ms);
  (void)run(200ms);
  EXPECT_THAT(ports_.positions.checked, ElementsAre(read))
      << "where it was read, registrations and numbers of dead letters are no positions";

  ports_.positions.records[letter_key("mine")] = letter_value(3);
  ports_.answers["commit"] = {Error{Errc::kKafkaFailed, "no answer"}};
  ports_.dead_letters = 4;
  (void)run(1s);  // trades went alone for as long
  (void)run(400ms);
  EXPECT_THAT(ports_.positions.checked, IsEmpty()) << "the number is known";
}

TEST_F(DeliveryDriverTest, APartitionThatIsAssignedMeanwhileIsLoadedAsWell) {
  start();
  ports_.group.push_back({GroupChange::Kind::kAssigned, {}});
  (void)step();
  (void)step();
  ports_.group.push_back({GroupChange::Kind::kAssigned, {kBtc}});
  EXPECT_EQ(run(), DriverWait::For::kJournal);
  EXPECT_THAT(driver_->delivery().owned(), ElementsAre(kBtc));
}

TEST_F(DeliveryDriverTest, AStandbyThatNeverCommitsNeedsNothingOfItsJournalAfterAMinute) {
  ports_.journal = {7, 8};
  start();
  ports_.group.push_back({GroupChange::Kind::kAssigned, {}});
  (void)run();
  ports_.journal = {7, 8, 9};
  (void)run(59s);
  EXPECT_EQ(driver_->delivered_sequence(), 4U);
  EXPECT_EQ(driver_->needed_sequence(), 1U) << "the group may assign partitions yet";
  (void)run(1s);
  EXPECT_EQ(driver_->needed_sequence(), 4U);
}

TEST_F(DeliveryDriverTest, AnOwnerNeedsWhatIsNotDelivered) {
  own();
  ports_.journal = {7, 8};
  ports_.answers["commit"] = {Error{Errc::kKafkaFailed, "no answer"}};
  (void)run();
  EXPECT_EQ(driver_->needed_sequence(), 1U);
  (void)run(200ms);
  EXPECT_EQ(driver_->needed_sequence(), 3U);
}

TEST_F(DeliveryDriverTest, FinishesOnceTheJournalIsDelivered) {
  own();
  ports_.journal = {7};
  driver_->finish(2);
  EXPECT_FALSE(driver_->finished());
  while (!driver_->finished()) (void)step();
  EXPECT_EQ(ports_.committed, 1U);
}

}  // namespace
}  // namespace k2::sink
