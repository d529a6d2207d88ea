#include "tests/simulation/kafka/cluster.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace k2::simulation::kafka {
namespace {

constexpr Place kTradesOne{kTrades, 0};

/// A cluster to which requests are made directly, as if the network took no time.
class ClusterTest : public testing::Test {
 protected:
  Response ask(int broker, Request const& request) {
    std::optional<Response> answer;
    cluster.handle(broker, request, [&](Response const& response) { answer = response; });
    for (int round = 0; round < 2'000 && !answer; ++round) run(milliseconds{5});
    return answer.value_or(Response{.error = ErrorCode::kNetworkException});
  }

  void run(milliseconds time) {
    now += time;
    network.run_until(now);
    cluster.tick(now);
  }

  int coordinator() const {
    auto const slot = TransactionCoordinator::slot_of("p0");
    return cluster.view().transaction_coordinators[slot];
  }

  /// Sends a request to the coordinator of p0 until no other transition is in its way.
  ErrorCode coordinate(Request request) {
    request.transactional_id = "p0";
    for (int round = 0; round < 1'000; ++round) {
      auto const answer = ask(coordinator(), request);
      if (answer.error == ErrorCode::kConcurrentTransactions) {
        run(milliseconds{5});
        continue;
      }
      if (request.api == Api::kInitProducerId) {
        producer = answer.producer;
        epoch = answer.epoch;
        sequence = 0;
      }
      return answer.error;
    }
    return ErrorCode::kConcurrentTransactions;
  }

  void init() { ASSERT_EQ(coordinate({.api = Api::kInitProducerId}), ErrorCode::kNone); }

  ErrorCode add_partition() {
    return coordinate({.api = Api::kAddPartitionsToTxn,
                       .producer = producer,
                       .epoch = epoch,
                       .places = {kTradesOne}});
  }

  ErrorCode end(bool commit) {
    return coordinate(
        {.api = Api::kEndTxn, .producer = producer, .epoch = epoch, .commit = commit});
  }

  ErrorCode produce(std::string const& value, std::int32_t first_sequence) {
    auto batch = std::make_shared<Batch>();
    batch->place = kTradesOne;
    batch->producer = producer;
    batch->epoch = epoch;
    batch->first_sequence = first_sequence;
    batch->transaction = 1;
    batch->records = {{"AAA", value}};
    return ask(cluster.leader(kTradesOne), {.api = Api::kProduce,
                                            .transactional_id = "p0",
                                            .producer = producer,
                                            .epoch = epoch,
                                            .batch = batch})
        .error;
  }

  std::vector<std::string> visible() {
    run(milliseconds{3'000});
    std::vector<std::string> values;
    auto const& log = cluster.log(kTradesOne);
    for (PartitionLog::Offset at = 0; at < log.last_stable(); ++at) {
      if (log.is_visible(at)) values.push_back(log.at(at).value);
    }
    return values;
  }

  MonoTime now{};
  Network network{Rng{1}};
  Cluster cluster{{.partitions = 2, .verify_transactions = true}, network, Rng{2}};
  std::int64_t producer = -1;
  std::int32_t epoch = -1;
  std::int32_t sequence = 0;
};

TEST_F(ClusterTest, LateEndTxnCommitsTheNextTransactionOfTheSameEpoch) {
  init();
  ASSERT_EQ(add_partition(), ErrorCode::kNone);
  ASSERT_EQ(produce("1", 0), ErrorCode::kNone);
  ASSERT_EQ(end(true), ErrorCode::kNone);
  ASSERT_EQ(add_partition(), ErrorCode::kNone);
  ASSERT_EQ(produce("2", 1), ErrorCode::kNone);
  EXPECT_EQ(visible(), std::vector<std::string>{"1"});
  // The first transaction's request arrives a second time.
  EXPECT_EQ(end(true), ErrorCode::kNone);
  EXPECT_EQ(visible(), (std::vector<std::string>{"1", "2"}));
}

TEST_F(ClusterTest, NewEpochRefusesLateEndTxn) {
  init();
  ASSERT_EQ(add_partition(), ErrorCode::kNone);
  ASSERT_EQ(produce("1", 0), ErrorCode::kNone);
  ASSERT_EQ(end(true), ErrorCode::kNone);
  auto const old_epoch = epoch;
  init();
  ASSERT_EQ(epoch, old_epoch + 1);
  ASSERT_EQ(add_partition(), ErrorCode::kNone);
  ASSERT_EQ(produce("2", 0), ErrorCode::kNone);
  EXPECT_EQ(
      coordinate({.api = Api::kEndTxn, .producer = producer, .epoch = old_epoch, .commit = true}),
      ErrorCode::kProducerFenced);
  EXPECT_EQ(visible(), std::vector<std::string>{"1"});
}

TEST_F(ClusterTest, SequenceNumbersDropARepeatedProduceAndRevealALostOne) {
  init();
  ASSERT_EQ(add_partition(), ErrorCode::kNone);
  EXPECT_EQ(produce("1", 0), ErrorCode::kNone);
  EXPECT_EQ(produce("1", 0), ErrorCode::kNone);
  EXPECT_EQ(produce("3", 2), ErrorCode::kOutOfOrderSequenceNumber);
  for (int at = 1; at <= 6; ++at) {
    EXPECT_EQ(produce(std::to_string(at + 1), at), ErrorCode::kNone);
  }
  EXPECT_EQ(produce("1", 0), ErrorCode::kDuplicateSequenceNumber);  // older than what is kept
  ASSERT_EQ(end(true), ErrorCode::kNone);
  EXPECT_EQ(visible(), (std::vector<std::string>{"1", "2", "3", "4", "5", "6", "7"}));
}

TEST_F(ClusterTest, OldEpochCannotProduce) {
  init();
  ASSERT_EQ(add_partition(), ErrorCode::kNone);
  ASSERT_EQ(produce("1", 0), ErrorCode::kNone);
  auto const old_epoch = epoch;
  init();
  run(milliseconds{3'000});
  epoch = old_epoch;
  EXPECT_EQ(produce("2", 1), ErrorCode::kInvalidProducerEpoch);
  EXPECT_TRUE(visible().empty());
}

TEST_F(ClusterTest, BrokersRefuseAPartitionThatIsNotInTheTransaction) {
  init();
  EXPECT_EQ(produce("1", 0), ErrorCode::kInvalidTxnState);
}

TEST_F(ClusterTest, ForgottenMarkerHidesWhatComesAfterIt) {
  init();
  ASSERT_EQ(add_partition(), ErrorCode::kNone);
  ASSERT_EQ(produce("1", 0), ErrorCode::kNone);
  cluster.set_forgotten(Forgotten::kEverything);
  ASSERT_EQ(end(true), ErrorCode::kNone);
  cluster.set_forgotten(Forgotten::kNone);
  EXPECT_TRUE(visible().empty());
  EXPECT_EQ(cluster.last_hanging(), now);
  // The marker of the next transaction decides about both.
  ASSERT_EQ(add_partition(), ErrorCode::kNone);
  ASSERT_EQ(produce("2", 1), ErrorCode::kNone);
  ASSERT_EQ(end(false), ErrorCode::kNone);
  EXPECT_TRUE(visible().empty());
  EXPECT_EQ(cluster.log(kTradesOne).last_stable(), cluster.log(kTradesOne).end());
}

TEST_F(ClusterTest, TransactionThatLastsTooLongIsAbortedAndItsProducerFenced) {
  init();
  ASSERT_EQ(add_partition(), ErrorCode::kNone);
  ASSERT_EQ(produce("1", 0), ErrorCode::kNone);
  for (int second = 0; second < 25; ++second) run(milliseconds{1'000});
  EXPECT_EQ(end(true), ErrorCode::kProducerFenced);
  EXPECT_TRUE(visible().empty());
}

TEST_F(ClusterTest, MovedLeaderAnswersNotLeaderAndKeepsWhatWasAcknowledged) {
  init();
  ASSERT_EQ(add_partition(), ErrorCode::kNone);
  ASSERT_EQ(produce("1", 0), ErrorCode::kNone);
  int const former = cluster.leader(kTradesOne);
  cluster.move_leader(kTradesOne, milliseconds{1});
  run(milliseconds{10});
  EXPECT_NE(cluster.leader(kTradesOne), former);
  EXPECT_EQ(ask(former, {.api = Api::kListOffsets, .places = {kTradesOne}}).error,
            ErrorCode::kNotLeaderOrFollower);
  ASSERT_EQ(end(true), ErrorCode::kNone);
  EXPECT_EQ(visible(), std::vector<std::string>{"1"});
}

TEST_F(ClusterTest, MovedCoordinatorAnswersNotCoordinatorThenLoads) {
  init();
  int const former = coordinator();
  auto const slot = TransactionCoordinator::slot_of("p0");
  while (coordinator() == former) cluster.move_transaction_coordinator(slot, milliseconds{50});
  Request const adding{.api = Api::kAddPartitionsToTxn,
                       .transactional_id = "p0",
                       .producer = producer,
                       .epoch = epoch,
                       .places = {kTradesOne}};
  EXPECT_EQ(ask(former, adding).error, ErrorCode::kNotCoordinator);
  EXPECT_EQ(ask(coordinator(), adding).error, ErrorCode::kCoordinatorLoadInProgress);
  run(milliseconds{60});
  EXPECT_EQ(ask(coordinator(), adding).error, ErrorCode::kNone);
}

TEST_F(ClusterTest, TooFewInSyncReplicasTakeNothing) {
  init();
  ASSERT_EQ(add_partition(), ErrorCode::kNone);
  int const leader = cluster.leader(kTradesOne);
  for (int broker = 0; broker < kBrokers; ++broker) {
    if (broker != leader) cluster.set_down(broker, true);
  }
  run(milliseconds{3'000});
  EXPECT_EQ(produce("1", 0), ErrorCode::kNotEnoughReplicas);
}

TEST_F(ClusterTest, UncleanElectionIsRecorded) {
  init();
  ASSERT_EQ(add_partition(), ErrorCode::kNone);
  ASSERT_EQ(produce("1", 0), ErrorCode::kNone);
  ASSERT_EQ(end(true), ErrorCode::kNone);
  ASSERT_EQ(visible(), std::vector<std::string>{"1"});
  cluster.elect_unclean(kTradesOne, 2);
  EXPECT_TRUE(visible().empty());
  ASSERT_EQ(cluster.lost_records().size(), 1U);
  EXPECT_EQ(cluster.lost_records().front().entries.size(), 2U);  // the record and its marker
}

TEST_F(ClusterTest, DeletedTopicIsUnknownAndEmptyWhenItIsCreatedAgain) {
  init();
  ASSERT_EQ(add_partition(), ErrorCode::kNone);
  ASSERT_EQ(produce("1", 0), ErrorCode::kNone);
  ASSERT_EQ(end(true), ErrorCode::kNone);
  run(milliseconds{3'000});
  cluster.delete_topic(kTrades);
  EXPECT_EQ(ask(0, {.api = Api::kListOffsets, .places = {kTradesOne}}).error,
            ErrorCode::kUnknownTopicOrPartition);
  cluster.create_topic(kTrades, 3);
  EXPECT_EQ(cluster.partitions(kTrades), 3);
  EXPECT_EQ(cluster.log(kTradesOne).end(), 0U);
}

TEST_F(ClusterTest, DeletedTopicLosesWhatNobodyCouldSee) {
  init();
  ASSERT_EQ(add_partition(), ErrorCode::kNone);
  ASSERT_EQ(produce("1", 0), ErrorCode::kNone);
  ASSERT_EQ(end(true), ErrorCode::kNone);
  run(milliseconds{3'000});
  ASSERT_EQ(add_partition(), ErrorCode::kNone);
  ASSERT_EQ(produce("2", 1), ErrorCode::kNone);
  cluster.delete_topic(kTrades);
  ASSERT_EQ(cluster.lost_records().size(), 1U);
  ASSERT_EQ(cluster.lost_records().front().entries.size(), 1U);
  EXPECT_EQ(cluster.lost_records().front().entries.front().value, "2");
  EXPECT_FALSE(cluster.view().has_topic[kTrades]);
  // Nothing is left that the transaction could be written to.
  EXPECT_EQ(end(true), ErrorCode::kNone);
}

TEST_F(ClusterTest, EveryDocumentedErrorIsInjected) {
  cluster.set_errors(1.0);
  std::set<ErrorCode> seen;
  for (int round = 0; round < 400; ++round) {
    seen.insert(ask(0, {.api = Api::kEndTxn, .transactional_id = "p0"}).error);
  }
  for (auto const code : documented_errors(Api::kEndTxn)) {
    EXPECT_TRUE(seen.contains(code)) << name_of(code);
  }
}

TEST(NetworkTest, RequestsOfABrokenConnectionArriveLateInOrderOrNever) {
  bool any_late = false;
  bool any_lost = false;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Network network{Rng{seed}};
    auto const connection = network.connect(0, 0);
    std::vector<int> arrived;
    for (int request = 0; request < 4; ++request) {
      network.send(connection, [&arrived, request] { arrived.push_back(request); });
    }
    network.close(connection);
    network.run_until(MonoTime{milliseconds{100}});
    auto const early = arrived.size();
    network.run_until(MonoTime{Network::kLatestCopy + milliseconds{100}});
    any_late = any_late || arrived.size() > early;
    any_lost = any_lost || arrived.size() < 4;
    for (std::size_t at = 0; at < arrived.size(); ++at) {
      EXPECT_EQ(arrived[at], static_cast<int>(at)) << "seed " << seed;
    }
  }
  EXPECT_TRUE(any_late);
  EXPECT_TRUE(any_lost);
}

TEST(NetworkTest, WithoutLateRequestsABrokenConnectionLosesWhatIsOnItsWay) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Network network{Rng{seed}};
    network.set_late_requests(false);
    auto const connection = network.connect(0, 0);
    int arrived = 0;
    network.send(connection, [&arrived] { ++arrived; });
    network.close(connection);
    network.run_until(MonoTime{Network::kLatestCopy + milliseconds{100}});
    EXPECT_EQ(arrived, 0) << "seed " << seed;
  }
}

TEST(NetworkTest, AnswerOnAClosedConnectionIsDropped) {
  Network network{Rng{1}};
  auto const connection = network.connect(0, 0);
  bool answered = false;
  network.answer(connection, [&] { answered = true; });
  network.close(connection);
  network.run_until(MonoTime{milliseconds{100}});
  EXPECT_FALSE(answered);
}

TEST(NetworkTest, PartitionHoldsBackMessagesUntilItEnds) {
  Network network{Rng{1}};
  auto const connection = network.connect(0, 0);
  network.partition(0, 0, MonoTime{milliseconds{500}});
  bool arrived = false;
  network.send(connection, [&] { arrived = true; });
  network.run_until(MonoTime{milliseconds{499}});
  EXPECT_FALSE(arrived);
  EXPECT_EQ(network.connect(0, 0), 0U);
  EXPECT_NE(network.connect(1, 0), 0U);
  network.run_until(MonoTime{milliseconds{501}});
  EXPECT_TRUE(arrived);
}

}  // namespace
}  // namespace k2::simulation::kafka
