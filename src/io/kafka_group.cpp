#include "io/kafka_group.hpp"

#include "io/log.hpp"
#include "sink/partition.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <utility>

namespace k2::io {
namespace {

/// Maximum time for a sign of life of the brokers. Chosen: a round trip, generously.
constexpr int kAnswerMs = 500;

}  // namespace

Result<KafkaGroup> KafkaGroup::join(KafkaOptions const& options) {
  KafkaGroup group;
  group.state_->topic = options.positions_topic();
  group.state_->partitions = options.partitions;
  auto handle = make_kafka(RD_KAFKA_CONSUMER, options,
                           {{"group.id", options.group()},
                            {"group.instance.id", options.process},
                            {"partition.assignment.strategy", "cooperative-sticky"},
                            // How long a process that is gone keeps its partitions.
                            {"session.timeout.ms", "10000"},
                            // How soon a process learns that another one came or left.
                            {"heartbeat.interval.ms", "1000"},
                            // How long the group waits for one that does not poll.
                            {"max.poll.interval.ms", "60000"},
                            {"enable.auto.commit", "false"},
                            // Makes transactions() report those that are open.
                            {"isolation.level", "read_committed"},
                            {"auto.offset.reset", "latest"}},
                           {.rebalance = &on_rebalance, .opaque = group.state_.get()});
  if (!handle) return handle.error();
  group.handle_ = *std::move(handle);
  rd_kafka_poll_set_consumer(group.handle_.get());
  KafkaOwned<rd_kafka_topic_partition_list_t> const topics{rd_kafka_topic_partition_list_new(1)};
  rd_kafka_topic_partition_list_add(topics.get(), group.state_->topic.c_str(),
                                    RD_KAFKA_PARTITION_UA);
  if (auto const code = rd_kafka_subscribe(group.handle_.get(), topics.get());
      code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_error("joining the group " + options.group(), code, rd_kafka_err2str(code));
  }
  return group;
}

KafkaGroup::~KafkaGroup() {
  // Otherwise it would send a leave request, and wait for as long as a session lasts.
  if (handle_) rd_kafka_destroy_flags(handle_.release(), RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void KafkaGroup::on_rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t code,
                              rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  auto& state = *static_cast<State*>(opaque);
  std::span const list{partitions->elems, static_cast<std::size_t>(partitions->cnt)};
  sink::GroupChange change;
  for (auto const& one : list) change.partitions.push_back(one.partition);
  KafkaOwned<rd_kafka_error_t> error;
  switch (code) {
    case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
      // Nothing is fetched: positions are read by another reader, once.
      for (auto& one : list) one.offset = RD_KAFKA_OFFSET_END;
      error.reset(rd_kafka_incremental_assign(handle, partitions));
      if (!error) (void)rd_kafka_pause_partitions(handle, partitions);
      change.kind = sink::GroupChange::Kind::kAssigned;
      break;
    case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
      change.kind = rd_kafka_assignment_lost(handle) != 0 ? sink::GroupChange::Kind::kLost
                                                          : sink::GroupChange::Kind::kRevoked;
      error.reset(rd_kafka_incremental_unassign(handle, partitions));
      break;
    default:
      log_event(LogLevel::kInfo, "kafka.client",
                {{"facility", "rebalance"}, {"text", rd_kafka_err2str(code)}});
      rd_kafka_assign(handle, nullptr);
      change.kind = sink::GroupChange::Kind::kLost;
      break;
  }
  if (error) {
    log_event(LogLevel::kInfo, "kafka.client",
              {{"facility", "rebalance"}, {"text", rd_kafka_error_string(error.get())}});
  }
  note_surplus(state, change);
  state.changes.push_back(std::move(change));
}

/// The client library has to take what the group assigns, or the group never settles; K2 leaves
/// out what is beyond its own number of partitions. An empty change is still one: the group has
/// answered.
void KafkaGroup::note_surplus(State& state, sink::GroupChange& change) {
  auto const surplus = sink::take_surplus(change.partitions, state.partitions);
  if (change.kind == sink::GroupChange::Kind::kLost) state.surplus.clear();
  if (change.kind == sink::GroupChange::Kind::kRevoked) {
    for (auto const partition : surplus) state.surplus.erase(partition);
  }
  if (change.kind != sink::GroupChange::Kind::kAssigned || surplus.empty()) return;
  state.surplus.insert(surplus.begin(), surplus.end());
  log_event(LogLevel::kWarn, "kafka.partitions_ignored",
            {{"topic", state.topic},
             {"partitions", fmt::format("{}", fmt::join(surplus, ","))},
             {"configured", state.partitions},
             {"reason", "partitions_added"},
             {"action", "none: no symbol belongs to them; keep kafka.partitions as it is"}});
}

Result<void> KafkaGroup::poll(std::chrono::milliseconds patience,
                              std::vector<sink::GroupChange>& out) {
  Result<void> outcome;
  auto wait = static_cast<int>(patience.count());
  for (;;) {
    KafkaOwned<rd_kafka_message_t> const message{rd_kafka_consumer_poll(handle_.get(), wait)};
    if (!state_->changes.empty()) wait = 0;
    if (!message) break;
    switch (message->err) {
      case RD_KAFKA_RESP_ERR_NO_ERROR:  // fetched before it was paused
      case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      case RD_KAFKA_RESP_ERR__TRANSPORT:
      case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        break;
      default:
        outcome = kafka_error("the group", message->err, rd_kafka_message_errstr(message.get()));
    }
    wait = 0;
  }
  for (auto& change : state_->changes) out.push_back(std::move(change));
  state_->changes.clear();
  return outcome;
}

Result<sink::GroupTransactions> KafkaGroup::transactions(std::set<std::int32_t> const& partitions,
                                                         std::chrono::milliseconds patience) {
  std::vector<std::int32_t> const wanted{partitions.begin(), partitions.end()};
  auto const list = offsets(wanted);
  auto const code =
      rd_kafka_committed(handle_.get(), list.get(), static_cast<int>(patience.count()));
  // Per partition first: that one's transaction is not decided yet.
  for (auto const& one : std::span{list->elems, static_cast<std::size_t>(list->cnt)}) {
    if (one.err == RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT) return sink::GroupTransactions::kOpen;
  }
  switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      return sink::GroupTransactions::kSettled;
    case RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT:
      return sink::GroupTransactions::kOpen;
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
      // librdkafka hides the answer "unstable" and repeats the request (2.0.2).
      return brokers_answer() ? sink::GroupTransactions::kOpen : sink::GroupTransactions::kUnknown;
    case RD_KAFKA_RESP_ERR__IN_PROGRESS:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
      return sink::GroupTransactions::kUnknown;
    default:
      return kafka_error("querying the group for open transactions", code, rd_kafka_err2str(code));
  }
}

bool KafkaGroup::brokers_answer() {
  rd_kafka_metadata_t const* metadata = nullptr;
  auto const code = rd_kafka_metadata(handle_.get(), 0, nullptr, &metadata, kAnswerMs);
  KafkaOwned<rd_kafka_metadata_t const> const owned{metadata};
  return code == RD_KAFKA_RESP_ERR_NO_ERROR;
}

KafkaOwned<rd_kafka_topic_partition_list_t> KafkaGroup::offsets(
    std::span<std::int32_t const> partitions) const {
  KafkaOwned<rd_kafka_topic_partition_list_t> list{
      rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size()))};
  for (auto const partition : partitions) {
    // Never read again: what counts is that the group takes it.
    rd_kafka_topic_partition_list_add(list.get(), state_->topic.c_str(), partition)->offset = 0;
  }
  return list;
}

KafkaOwned<rd_kafka_consumer_group_metadata_t> KafkaGroup::member() const {
  return KafkaOwned<rd_kafka_consumer_group_metadata_t>{
      rd_kafka_consumer_group_metadata(handle_.get())};
}

bool KafkaGroup::is_over() const noexcept {
  return rd_kafka_fatal_error(handle_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

/// A static member leaves only when it unsubscribes; then it has no name any more.
/// Source: librdkafka 2.0.2, rd_kafka_cgrp_leave_maybe().
void KafkaGroup::unsubscribe(std::chrono::steady_clock::time_point until) {
  if (rd_kafka_unsubscribe(handle_.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  while (std::chrono::steady_clock::now() < until) {
    std::unique_ptr<char, decltype(&std::free)> const name{rd_kafka_memberid(handle_.get()),
                                                           &std::free};
    if (!name || *name == '\0') return;
    KafkaOwned<rd_kafka_message_t> const message{rd_kafka_consumer_poll(handle_.get(), 20)};
  }
}

void KafkaGroup::leave(std::chrono::nanoseconds patience) {
  auto const until = std::chrono::steady_clock::now() + patience;
  unsubscribe(until);
  KafkaOwned<rd_kafka_queue_t> const queue{rd_kafka_queue_new(handle_.get())};
  KafkaOwned<rd_kafka_error_t> const error{
      rd_kafka_consumer_close_queue(handle_.get(), queue.get())};
  if (error) return;
  while (rd_kafka_consumer_closed(handle_.get()) == 0 && std::chrono::steady_clock::now() < until) {
    KafkaOwned<rd_kafka_event_t> const event{rd_kafka_queue_poll(queue.get(), 50)};
    if (event && rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_REBALANCE) {
      auto* const partitions = rd_kafka_event_topic_partition_list(event.get());
      KafkaOwned<rd_kafka_error_t> const released{
          rd_kafka_incremental_unassign(handle_.get(), partitions)};
    }
  }
}

}  // namespace k2::io
