#include "io/kafka_producer.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <utility>

namespace k2::io {
namespace {

/// How long one call into librdkafka may block before `give_up` is asked again.
constexpr int kStepMs = 500;

/// How long one operation may take in all. Chosen: less than the group waits for this thread to
/// ask for news of it (kafka_group).
constexpr std::chrono::seconds kPatience{30};

/// A topic that is gone is a matter of the next session, which looks at both topics.
bool is_gone(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
         code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
}

}  // namespace

Result<KafkaProducer> KafkaProducer::open(KafkaOptions const& options,
                                          std::function<bool()> give_up) {
  KafkaProducer producer{options.transactions, std::move(give_up)};
  auto const on_report = [](rd_kafka_t*, rd_kafka_message_t const* message, void* opaque) {
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    auto& reports = *static_cast<Reports*>(opaque);
    if (reports.failed++ == 0) reports.first = message->err;
  };
  auto const on_error = [](rd_kafka_t* client, int number, char const* reason, void* opaque) {
    static_cast<Reports*>(opaque)->broken = true;
    on_kafka_error(client, number, reason, opaque);
  };
  // One name a journal: only its next life fences a process off at the producer; others do so
  // through the group.
  std::string const id = options.transactions ? options.group() + "-" + options.process : "";
  auto handle =
      make_kafka(RD_KAFKA_PRODUCER, options,
                 {{"enable.idempotence", "true"},
                  {"transactional.id", id},
                  // What a dead process left open holds its readers up for so long.
                  {"transaction.timeout.ms", "10000"},
                  {"compression.codec", options.compression},
                  // What goes together has been gathered in the journal's blocks.
                  {"linger.ms", "1"},
                  // A transaction may begin before the brokers have marked the end of the one
                  // before everywhere; asking again a tenth of a second later would be most of it.
                  {"retry.backoff.ms", "20"},
                  {"batch.size", "524288"},
                  {"queue.buffering.max.kbytes", "32768"}},
                 {.reports = on_report, .errors = on_error, .opaque = producer.reports_.get()});
  if (!handle) return handle.error();
  producer.handle_ = *std::move(handle);
  std::array const names{options.topic, options.positions_topic(), options.gaps_topic(),
                         options.letters_topic()};
  static_assert(names.size() == kKafkaTopics);
  for (std::size_t at = 0; at < names.size(); ++at) {
    producer.topics_[at].reset(
        rd_kafka_topic_new(producer.raw(), names[at].c_str(), rd_kafka_topic_conf_new()));
    if (!producer.topics_[at]) {
      return Error{Errc::kConfigInvalid,
                   fmt::format("kafka.topic = {} is no name of a topic", options.topic)};
    }
  }
  return producer;
}

Error KafkaProducer::error_of(std::string_view what, rd_kafka_error_t const* error) const {
  // What a call says of a producer that is done for by now may be but a consequence.
  std::array<char, 256> words{};
  auto const fatal = rd_kafka_fatal_error(raw(), words.data(), words.size());
  if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_error(what, fatal, words.data());
  return kafka_error(what, rd_kafka_error_code(error), rd_kafka_error_string(error));
}

template <class Step>
Result<void> KafkaProducer::insist(std::string_view what, Step const& step) {
  auto const until = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    KafkaOwned<rd_kafka_error_t> const error{step()};
    if (!error) return {};
    // A call that ran into its time limit goes on when it is repeated.
    bool const again =
        rd_kafka_error_is_retriable(error.get()) != 0 && std::chrono::steady_clock::now() < until;
    if (again && !give_up_()) continue;
    can_abort_ = rd_kafka_error_txn_requires_abort(error.get()) != 0 &&
                 !is_gone(rd_kafka_error_code(error.get()));
    return error_of(what, error.get());
  }
}

Result<void> KafkaProducer::take_over() {
  if (!transactions_) return {};
  auto const taken =
      insist("taking over", [this] { return rd_kafka_init_transactions(raw(), kStepMs * 4); });
  rd_kafka_poll(raw(), 0);
  reports_->broken = false;
  return taken;
}

Result<void> KafkaProducer::begin() {
  can_abort_ = false;
  reports_->forget_failures();
  if (!transactions_) return {};
  return insist("begin", [this] { return rd_kafka_begin_transaction(raw()); });
}

Result<void> KafkaProducer::produce(KafkaTopic topic, std::int32_t partition, std::string_view key,
                                    std::string_view value) {
  auto* const handle = topics_[static_cast<std::size_t>(topic)].get();
  void const* const key_bytes = key.empty() ? nullptr : key.data();
  for (;;) {
    // librdkafka copies with RD_KAFKA_MSG_F_COPY and only reads what it is given.
    if (rd_kafka_produce(handle, partition, RD_KAFKA_MSG_F_COPY, const_cast<char*>(value.data()),
                         value.size(), key_bytes, key.size(), nullptr) == 0) {
      return {};
    }
    auto const code = rd_kafka_last_error();
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) return failed_produce(code);
    rd_kafka_poll(raw(), kStepMs / 10);
    if (reports_->failed > 0) return flush();
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

Result<void> KafkaProducer::seal() {
  if (transactions_) return {};
  return flush();
}

Result<void> KafkaProducer::vouch(rd_kafka_topic_partition_list_t const& offsets,
                                  rd_kafka_consumer_group_metadata_t const& member) {
  if (!transactions_) return {};
  return insist("asking the group", [&] {
    return rd_kafka_send_offsets_to_transaction(raw(), &offsets, &member, kStepMs);
  });
}

Result<void> KafkaProducer::abort() {
  can_abort_ = false;
  if (!transactions_) return {};
  *reports_ = {};
  return insist("abort", [this] { return rd_kafka_abort_transaction(raw(), kStepMs); });
}

bool KafkaProducer::is_in_doubt() {
  if (!transactions_) return false;
  rd_kafka_poll(raw(), 0);
  return reports_->broken;
}

Result<void> KafkaProducer::commit() {
  if (!transactions_) return flush();
  return insist("commit", [this] { return rd_kafka_commit_transaction(raw(), kStepMs); });
}

Result<void> KafkaProducer::flush() {
  while (reports_->failed == 0 && rd_kafka_flush(raw(), kStepMs) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (give_up_()) return Error{Errc::kTimeout, "flush: the brokers do not acknowledge"};
  }
  if (reports_->failed == 0) return {};
  return kafka_error(fmt::format("{} records were not taken", reports_->failed), reports_->first,
                     rd_kafka_err2str(reports_->first));
}

}  // namespace k2::io
