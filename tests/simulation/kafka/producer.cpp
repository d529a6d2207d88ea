#include "tests/simulation/kafka/producer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace k2::simulation::kafka {

using sink::Progress;

Producer::Producer(std::string transactional_id, int process, Network& network, Cluster& cluster,
                   Rng rng, std::uint64_t& transactions)
    : transactional_id_(std::move(transactional_id)),
      network_(network),
      client_(process, network, cluster, rng),
      transactions_(transactions),
      limited_(cluster.has(Behaviour::kAbortableErrors)) {}

Request Producer::request(Api api) const {
  return {
      .api = api, .transactional_id = transactional_id_, .producer = producer_, .epoch = epoch_};
}

void Producer::start(Request request, std::function<void(Response const&)> on_success,
                     std::optional<MonoTime> until) {
  operation_ = Operation{.api = request.api, .number = ++operations_};
  auto const target = request.api == Api::kTxnOffsetCommit ? Client::leader_of(kGroupPlace)
                      : is_transactional() ? Client::coordinator_of(transactional_id_)
                                           : Client::Target{};
  client_.call(
      target, std::move(request),
      [this, number = operations_, on_success = std::move(on_success)](Response const& response) {
        if (!operation_ || operation_->number != number) return;
        operation_->done = true;
        operation_->error = response.error;
        if (response.error == ErrorCode::kNone) on_success(response);
      },
      until);
}

Result<Progress> Producer::outcome() {
  if (!operation_->done) return Progress::kPending;
  Operation const over = *std::exchange(operation_, std::nullopt);
  if (over.error == ErrorCode::kNone) return Progress::kDone;
  fail(over.api, over.error);
  return error();
}

void Producer::take_identity(Response const& response) {
  producer_ = response.producer;
  epoch_ = response.epoch;
  for (auto& [place, partition] : partitions_) partition.next_sequence = 0;
}

Result<Progress> Producer::init() {
  if (!operation_) {
    start(request(Api::kInitProducerId), [this](Response const& response) {
      take_identity(response);
      closed_at_init_ = client_.closed_connections();
    });
  }
  return outcome();
}

Result<void> Producer::begin() {
  if (severity_ != Severity::kNone) return error();
  finish_transaction();
  transaction_ = ++transactions_;
  return {};
}

Result<void> Producer::produce(Place place, Record record) {
  if (severity_ != Severity::kNone) return error();
  partitions_[place].queue.push_back(std::move(record));
  return {};
}

void Producer::tick() {
  if (producer_ >= 0 && severity_ == Severity::kNone) {
    if (is_transactional()) register_partitions();
    for (auto& [place, partition] : partitions_) {
      bool const may_go = partition.registered || !is_transactional();
      if (may_go && !partition.in_flight && !partition.queue.empty()) {
        send_records(place, partition);
      }
    }
  }
  check_record_timeouts();
  check_topics();
  client_.tick();
}

/// Once the metadata lacks a topic, its records fail. Source: librdkafka 2.0.2,
/// rd_kafka_topic_propagate_notexists(). io/kafka_producer leaves such a topic to the next session.
void Producer::check_topics() {
  for (auto const& [place, partition] : partitions_) {
    bool const is_needed = partition.in_flight || !partition.queue.empty();
    if (!is_needed || client_.view().has_topic[static_cast<std::size_t>(place.topic)]) continue;
    severity_ = Severity::kFatal;
    local_error_ = "_UNKNOWN_TOPIC";
  }
}

void Producer::register_partitions() {
  if (registering_) return;
  auto adding = request(Api::kAddPartitionsToTxn);
  for (auto const& [place, partition] : partitions_) {
    if (!partition.registered && !partition.queue.empty()) adding.places.push_back(place);
  }
  if (adding.places.empty()) return;
  registering_ = registered_ = true;
  client_.call(Client::coordinator_of(transactional_id_), adding,
               [this, places = adding.places](Response const& response) {
                 registering_ = false;
                 if (response.error != ErrorCode::kNone) {
                   return fail(Api::kAddPartitionsToTxn, response.error);
                 }
                 for (Place const place : places) partitions_[place].registered = true;
               });
}

void Producer::send_records(Place place, Partition& partition) {
  auto batch = std::make_shared<Batch>();
  batch->place = place;
  batch->producer = producer_;
  batch->epoch = epoch_;
  batch->first_sequence = partition.next_sequence;
  batch->transaction = is_transactional() ? transaction_ : 0;
  batch->records = std::exchange(partition.queue, {});
  partition.next_sequence += static_cast<std::int32_t>(batch->records.size());
  partition.in_flight = true;
  partition.sent = network_.now();
  auto sending = request(Api::kProduce);
  sending.batch = std::move(batch);
  client_.call(
      Client::leader_of(place), std::move(sending), [this, place](Response const& response) {
        partitions_[place].in_flight = false;
        auto const severity = severity_of(Api::kProduce, response.error, is_transactional());
        if (severity != Severity::kNone) fail(Api::kProduce, response.error);
      });
}

/// A record that may be in the topic or not leaves a hole in the sequence numbers: the producer
/// needs a new epoch. Its request has timed out as well, which closes the connection. Source:
/// librdkafka 2.0.2, rd_kafka_broker_timeout_scan() with socket.max.fails=1.
void Producer::check_record_timeouts() {
  if (!is_transactional() || severity_ >= Severity::kNeedsEpoch) return;
  for (auto const& [place, partition] : partitions_) {
    if (!partition.in_flight || network_.now() - partition.sent < kRecordTimeout) continue;
    client_.disconnect(place);
    severity_ = Severity::kNeedsEpoch;
    local_error_ = "_MSG_TIMED_OUT";
  }
}

bool Producer::has_unacknowledged() const {
  return std::ranges::any_of(partitions_, [](auto const& one) {
    return one.second.in_flight || !one.second.queue.empty();
  });
}

void Producer::fail(Api api, ErrorCode code) {
  auto severity = severity_of(api, code, is_transactional());
  // The time for repetitions is over.
  if (severity == Severity::kRetriable) severity = Severity::kAbortable;
  if (severity <= severity_) return;
  severity_ = severity;
  failed_api_ = api;
  code_ = code;
  local_error_ = nullptr;
}

Error Producer::error() const {
  return Error{is_fencing(code_) ? Errc::kKafkaFenced : Errc::kKafkaFailed,
               fmt::format("request {}: {}", static_cast<int>(failed_api_),
                           local_error_ != nullptr ? local_error_ : name_of(code_))};
}

Result<Progress> Producer::flush() {
  if (severity_ != Severity::kNone) return error();
  return has_unacknowledged() ? Progress::kPending : Progress::kDone;
}

/// AddOffsetsToTxn goes to the transaction coordinator, then TxnOffsetCommit to the group's.
Result<Progress> Producer::send_offsets(MemberIdentity const& member,
                                        std::vector<std::int32_t> const& partitions) {
  if (severity_ != Severity::kNone) return error();
  if (!operation_) {
    registered_ = true;
    start(request(Api::kAddOffsetsToTxn), [](Response const&) {});
    return Progress::kPending;
  }
  bool const is_added = operation_->api == Api::kTxnOffsetCommit;
  auto const done = outcome();
  if (!done || *done == Progress::kPending || is_added) return done;
  auto commit = request(Api::kTxnOffsetCommit);
  commit.member = member.member;
  commit.generation = member.generation;
  commit.partitions = partitions;
  std::optional<MonoTime> until;
  if (limited_) until = network_.now() + kCallTime;
  start(std::move(commit), [](Response const&) {}, until);
  return Progress::kPending;
}

Result<Progress> Producer::commit() {
  if (severity_ != Severity::kNone) return error();
  if (has_unacknowledged()) return Progress::kPending;
  if (!is_transactional() || !registered_) return Progress::kDone;
  if (!operation_) {
    auto ending = request(Api::kEndTxn);
    ending.commit = true;
    start(std::move(ending), [](Response const&) {});
  }
  auto const done = outcome();
  if (done && *done == Progress::kDone) finish_transaction();
  return done;
}

/// Aborts: drops queued records and waits for those in flight.
Result<Progress> Producer::abort() {
  if (severity_ == Severity::kFatal) return error();
  for (auto& [place, partition] : partitions_) partition.queue.clear();
  if (severity_ == Severity::kNeedsEpoch) return renew_epoch();
  bool const in_flight = registering_ || has_unacknowledged();
  if (in_flight && !operation_) return Progress::kPending;
  if (!registered_) {
    finish_transaction();
    return Progress::kDone;
  }
  if (operation_ && operation_->api != Api::kEndTxn) {
    // A request that the abort interrupts: its answer is of no interest.
    operation_.reset();
  }
  if (!operation_) {
    severity_ = Severity::kNone;
    start(request(Api::kEndTxn), [](Response const&) {});
  }
  auto const done = outcome();
  if (done && *done == Progress::kDone) finish_transaction();
  return done;
}

/// The coordinator aborts the transaction and gives out a new epoch. Source: KIP-360.
Result<Progress> Producer::renew_epoch() {
  if (operation_ && operation_->api != Api::kInitProducerId) operation_.reset();
  if (!operation_) {
    client_.forget_all();
    registering_ = false;
    start(request(Api::kInitProducerId),
          [this](Response const& response) { take_identity(response); });
  }
  auto const done = outcome();
  if (!done || *done == Progress::kPending) return done;
  for (auto& [place, partition] : partitions_) partition.in_flight = false;
  finish_transaction();
  return done;
}

void Producer::finish_transaction() {
  severity_ = Severity::kNone;
  local_error_ = nullptr;
  code_ = ErrorCode::kNone;
  registered_ = false;
  operation_.reset();
  for (auto& [place, partition] : partitions_) partition.registered = false;
}

}  // namespace k2::simulation::kafka
