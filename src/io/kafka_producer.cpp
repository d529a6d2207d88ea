#include "io/kafka_producer.hpp"

#include <fmt/format.h>

#include <array>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace k2::io {
namespace {

/// Maximum time that one call into librdkafka blocks.
constexpr int kStepMs = 500;

/// A connection without any traffic for so long had no request on its way: librdkafka gives up on a
/// request after socket.timeout.ms, 60 s by default.
constexpr std::uint32_t kIdleMs = 60'000;

/// A topic that is gone is a matter of the next session, which looks at all topics.
bool is_gone(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
         code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
}

/// True when requests may have been on their way over this connection. librdkafka's own reports do
/// not tell: it suppresses an error that repeats within 30 s, and closes the connection to a
/// coordinator that has moved without a report (2.0.2, rd_kafka_broker_set_error).
bool may_carry_requests(int socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return true;
  // A connection attempt that failed, or a broker that never answered.
  if (info.tcpi_bytes_received == 0) return false;
  return info.tcpi_last_data_sent < kIdleMs || info.tcpi_last_data_recv < kIdleMs;
}

}  // namespace

int KafkaProducer::close_socket(int socket, void* opaque) {
  if (may_carry_requests(socket)) ++static_cast<Reports*>(opaque)->closed_connections;
  return close(socket);
}

Result<KafkaProducer> KafkaProducer::open(KafkaOptions const& options,
                                          std::function<bool()> give_up) {
  KafkaProducer producer{options.transactions, std::move(give_up)};
  auto const on_report = [](rd_kafka_t*, rd_kafka_message_t const* message, void* opaque) {
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    auto& reports = *static_cast<Reports*>(opaque);
    if (reports.failed++ == 0) reports.first = message->err;
  };
  // One name a journal: only its next life fences a process off at the producer; others do so
  // through the group.
  std::string const id = options.transactions ? options.group() + "-" + options.process : "";
  auto handle = make_kafka(
      RD_KAFKA_PRODUCER, options,
      {{"enable.idempotence", "true"},
       {"transactional.id", id},
       // What a dead process left open holds its readers up for so long.
       {"transaction.timeout.ms", "10000"},
       {"compression.codec", options.compression},
       // What goes together has been gathered in the journal's blocks.
       {"linger.ms", "1"},
       // A transaction may begin before the brokers have marked the end of the one
       // before everywhere; a retry a tenth of a second later would be most of it.
       {"retry.backoff.ms", "20"},
       {"batch.size", "524288"},
       {"queue.buffering.max.kbytes", "32768"}},
      {.reports = on_report, .close_socket = &close_socket, .opaque = producer.reports_.get()});
  if (!handle) return handle.error();
  producer.handle_ = *std::move(handle);
  producer.names_ = {options.topic, options.positions_topic(), options.gaps_topic(),
                     options.letters_topic()};
  return producer;
}

/// A client that knows a topic queries it by its name, and a broker then creates it, with the
/// number of partitions of its own. So the client learns of a topic when it is there: with its
/// first record.
Result<rd_kafka_topic_t*> KafkaProducer::topic_of(sink::DeliveryTopic topic) {
  auto const at = static_cast<std::size_t>(topic);
  if (!topics_[at]) {
    topics_[at].reset(rd_kafka_topic_new(raw(), names_[at].c_str(), rd_kafka_topic_conf_new()));
  }
  if (topics_[at]) return topics_[at].get();
  return Error{Errc::kConfigInvalid, fmt::format("{} is not a valid name of a topic; correct "
                                                 "kafka.topic",
                                                 names_[at])};
}

Error KafkaProducer::error_of(std::string_view what, rd_kafka_error_t const* error) const {
  // The result of a call after a fatal error may be no more than a consequence.
  std::array<char, 256> words{};
  auto const fatal = rd_kafka_fatal_error(raw(), words.data(), words.size());
  if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_error(what, fatal, words.data());
  return kafka_error(what, rd_kafka_error_code(error), rd_kafka_error_string(error));
}

/// A call that ran into its time limit continues when it is repeated.
Result<sink::Progress> KafkaProducer::progress_of(std::string_view what, rd_kafka_error_t* error) {
  KafkaOwned<rd_kafka_error_t> const owned{error};
  if (error == nullptr) return sink::Progress::kDone;
  if (rd_kafka_error_is_retriable(error) != 0) return sink::Progress::kPending;
  can_abort_ =
      rd_kafka_error_txn_requires_abort(error) != 0 && !is_gone(rd_kafka_error_code(error));
  return error_of(what, error);
}

Result<sink::Progress> KafkaProducer::take_over() {
  if (!transactions_) return sink::Progress::kDone;
  auto const taken = progress_of("taking over", rd_kafka_init_transactions(raw(), kStepMs));
  // A late copy of what was sent until now finds an older epoch. Logins close connections, too.
  if (taken && *taken == sink::Progress::kDone) reports_->closed_connections = 0;
  return taken;
}

Result<void> KafkaProducer::begin() {
  can_abort_ = false;
  reports_->forget_failures();
  if (!transactions_) return {};
  auto const started = progress_of("begin", rd_kafka_begin_transaction(raw()));
  if (!started) return started.error();
  return {};
}

Result<void> KafkaProducer::produce(sink::DeliveryTopic topic, std::int32_t partition,
                                    std::string_view key, std::string_view value) {
  auto const handle = topic_of(topic);
  if (!handle) return handle.error();
  void const* const key_bytes = key.empty() ? nullptr : key.data();
  for (;;) {
    // librdkafka copies with RD_KAFKA_MSG_F_COPY and only reads what it is given.
    if (rd_kafka_produce(*handle, partition, RD_KAFKA_MSG_F_COPY, const_cast<char*>(value.data()),
                         value.size(), key_bytes, key.size(), nullptr) == 0) {
      return {};
    }
    auto const code = rd_kafka_last_error();
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) return failed_produce(code);
    rd_kafka_poll(raw(), kStepMs / 10);
    if (reports_->failed > 0) return failed_flush();
    if (give_up_()) return Error{Errc::kTimeout, "produce: the brokers take nothing"};
  }
}

Error KafkaProducer::failed_produce(rd_kafka_resp_err_t code) {
  if (code == RD_KAFKA_RESP_ERR__STATE) {
    // The transaction has failed already; the report of the record that made it tells why.
    rd_kafka_poll(raw(), 0);
    if (reports_->failed > 0) code = reports_->first;
  }
  std::array<char, 256> words{};
  auto const fatal = rd_kafka_fatal_error(raw(), words.data(), words.size());
  if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_error("produce", fatal, words.data());
  can_abort_ = transactions_ && !is_gone(code);
  return kafka_error("produce", code, rd_kafka_err2str(code));
}

Result<sink::Progress> KafkaProducer::send_offsets(
    rd_kafka_topic_partition_list_t const& offsets,
    rd_kafka_consumer_group_metadata_t const& member) {
  if (!transactions_) return sink::Progress::kDone;
  return progress_of("sending the group's offsets",
                     rd_kafka_send_offsets_to_transaction(raw(), &offsets, &member, kStepMs));
}

Result<sink::Progress> KafkaProducer::commit() {
  if (!transactions_) return flush();
  return progress_of("commit", rd_kafka_commit_transaction(raw(), kStepMs));
}

Result<sink::Progress> KafkaProducer::abort() {
  can_abort_ = false;
  if (!transactions_) return sink::Progress::kDone;
  reports_->forget_failures();
  return progress_of("abort", rd_kafka_abort_transaction(raw(), kStepMs));
}

bool KafkaProducer::is_ambiguous() const noexcept {
  return transactions_ && reports_->closed_connections > 0;
}

Result<sink::Progress> KafkaProducer::flush() {
  if (reports_->failed > 0) return failed_flush();
  auto const code = rd_kafka_flush(raw(), kStepMs);
  if (reports_->failed > 0) return failed_flush();
  return code == RD_KAFKA_RESP_ERR_NO_ERROR ? sink::Progress::kDone : sink::Progress::kPending;
}

Error KafkaProducer::failed_flush() {
  if (transactions_) {
    // The transaction has failed, and its records are purged: the reports tell the consequence
    // only. In that state librdkafka answers the beginning of another transaction with the cause.
    KafkaOwned<rd_kafka_error_t> const error{rd_kafka_begin_transaction(raw())};
    if (error && (rd_kafka_error_txn_requires_abort(error.get()) != 0 ||
                  rd_kafka_error_is_fatal(error.get()) != 0)) {
      can_abort_ =
          rd_kafka_error_is_fatal(error.get()) == 0 && !is_gone(rd_kafka_error_code(error.get()));
      return error_of("produce", error.get());
    }
  }
  return kafka_error(fmt::format("{} records were not taken", reports_->failed), reports_->first,
                     rd_kafka_err2str(reports_->first));
}

Result<void> repeat_while_pending(std::function<Result<sink::Progress>()> const& request,
                                  std::function<bool()> const& give_up) {
  for (;;) {
    auto const progress = request();
    if (!progress) return progress.error();
    if (*progress == sink::Progress::kDone) return {};
    if (give_up()) return Error{Errc::kTimeout, "the brokers did not answer in time"};
  }
}

}  // namespace k2::io
