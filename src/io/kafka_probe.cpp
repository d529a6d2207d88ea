#include "io/kafka_probe.hpp"

#include "io/kafka_handle.hpp"

#include <chrono>
#include <string>

namespace k2::io {
namespace {

constexpr std::chrono::milliseconds kPatience{10'000};

/// Maximum time of one request before it is repeated.
constexpr int kAskMs = 500;

Result<KafkaHandle> make_reader(KafkaOptions const& options, std::string const& group) {
  auto handle = make_kafka(
      RD_KAFKA_CONSUMER, options,
      {{"group.id", group}, {"enable.auto.commit", "false"}, {"enable.partition.eof", "true"}});
  if (handle) rd_kafka_poll_set_consumer(handle->get());
  return handle;
}

KafkaOwned<rd_kafka_topic_partition_list_t> first_partition(KafkaOptions const& options) {
  KafkaOwned<rd_kafka_topic_partition_list_t> list{rd_kafka_topic_partition_list_new(1)};
  rd_kafka_topic_partition_list_add(list.get(), options.positions_topic().c_str(), 0)->offset =
      RD_KAFKA_OFFSET_END;
  return list;
}

}  // namespace

Result<void> probe_transactions(KafkaOptions const& options) {
  std::string const id = options.group() + "-check";
  auto const handle = make_kafka(RD_KAFKA_PRODUCER, options, {{"transactional.id", id}});
  if (!handle) return handle.error();
  KafkaOwned<rd_kafka_error_t> const error{
      rd_kafka_init_transactions(handle->get(), static_cast<int>(kPatience.count()))};
  if (!error) return {};
  return kafka_error("taking the transactional id " + id, rd_kafka_error_code(error.get()),
                     rd_kafka_error_string(error.get()));
}

Result<void> probe_group(KafkaOptions const& options) {
  auto const handle = make_reader(options, options.group());
  if (!handle) return handle.error();
  std::string const what = "querying the group " + options.group();
  auto const until = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    auto const list = first_partition(options);
    auto const code = rd_kafka_committed(handle->get(), list.get(), kAskMs);
    // A transaction that is open there is somebody's good right.
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT) {
      return {};
    }
    // A client that may not query the group has no coordinator, and receives the error elsewhere.
    if (KafkaOwned<rd_kafka_message_t> const message{rd_kafka_consumer_poll(handle->get(), 0)};
        message && message->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
      return kafka_error(what, message->err, rd_kafka_message_errstr(message.get()));
    }
    bool const in_vain = code != RD_KAFKA_RESP_ERR__TIMED_OUT &&
                         code != RD_KAFKA_RESP_ERR__WAIT_COORD &&
                         code != RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
    if (in_vain || std::chrono::steady_clock::now() >= until) {
      return kafka_error(what, code, rd_kafka_err2str(code));
    }
  }
}

Result<void> probe_positions(KafkaOptions const& options) {
  auto const handle = make_reader(options, "k2-reader");
  if (!handle) return handle.error();
  std::string const what = "reading " + options.positions_topic();
  if (auto const code = rd_kafka_assign(handle->get(), first_partition(options).get());
      code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_error(what, code, rd_kafka_err2str(code));
  }
  auto const until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    KafkaOwned<rd_kafka_message_t> const message{rd_kafka_consumer_poll(handle->get(), 100)};
    if (!message) continue;
    switch (message->err) {
      case RD_KAFKA_RESP_ERR_NO_ERROR:
      case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        return {};
      // librdkafka reports brokers that cannot be reached, and continues.
      case RD_KAFKA_RESP_ERR__TRANSPORT:
      case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        break;
      default:
        return kafka_error(what, message->err, rd_kafka_message_errstr(message.get()));
    }
  }
  return Error{Errc::kTimeout, what + ": nothing came, not even its end"};
}

}  // namespace k2::io
