#include "io/kafka_handle.hpp"

#include "io/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

namespace k2::io {
namespace {

/// syslog's "warning": librdkafka's finer levels are of no use to an operator.
constexpr int kWarning = 4;

/// Time that brokers are queried before their errors are read. Chosen: a second for the request
/// itself, one for a TLS handshake and a login.
constexpr int kMetadataStepMs = 2'000;

void on_log(rd_kafka_t const* /*handle*/, int level, char const* facility, char const* text) {
  log_event(level <= kWarning ? LogLevel::kInfo : LogLevel::kDebug, "kafka.client",
            {{"facility", facility}, {"text", text}});
}

/// The error that a client reported while read_metadata() waited.
struct Complaint {
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string words;

  /// Waiting fixes neither a refused login nor a failed handshake.
  [[nodiscard]] bool final() const noexcept {
    return code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL;
  }
};

/// librdkafka reports errors within a poll, to the caller that polls on this thread.
thread_local Complaint* listening = nullptr;

void hear(rd_kafka_t* handle, Complaint& complaint) {
  listening = &complaint;
  rd_kafka_poll(handle, 0);
  listening = nullptr;
}

/// Source: confluentinc/librdkafka pull request 4895: until 2.6.1 the last message of a SCRAM login
/// was wrong in a way that brokers before 4.0 let pass.
std::string_view scram_remedy(KafkaOptions const& options) {
  constexpr int kMended = 0x020601ff;
  bool const is_scram = std::ranges::any_of(options.librdkafka, [](auto const& setting) {
    return setting.first.starts_with("sasl.mechanism") && setting.second.starts_with("SCRAM");
  });
  if (!is_scram || rd_kafka_version() >= kMended) return "";
  return "; by SCRAM, librdkafka before 2.6.1 cannot log in to brokers of Kafka 4: use PLAIN "
         "within TLS there, or a newer librdkafka";
}

Error no_metadata(KafkaOptions const& options, Complaint const& complaint,
                  rd_kafka_resp_err_t code) {
  auto const servers = std::string_view{options.bootstrap_servers};
  switch (complaint.code) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
      return kafka_error(fmt::format("{} refuses the login; check sasl.mechanisms, sasl.username "
                                     "and sasl.password in kafka.librdkafka{}",
                                     servers, scram_remedy(options)),
                         complaint.code, complaint.words);
    case RD_KAFKA_RESP_ERR__SSL:
      return kafka_error(fmt::format("TLS with {} fails; check ssl.ca.location and "
                                     "security.protocol in kafka.librdkafka",
                                     servers),
                         complaint.code, complaint.words);
    default:
      return kafka_error(
          fmt::format("no broker of {} answers; check kafka.bootstrap_servers, and "
                      "security.protocol in kafka.librdkafka",
                      servers),
          code, complaint.words.empty() ? rd_kafka_err2str(code) : complaint.words.c_str());
  }
}

/// Returns the remedy for a refusal; empty for other errors.
std::string_view remedy_of(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return "; grant K2 the rights that docs/kafka/operations.md lists";
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      return "; raise max.message.bytes of the topic to a mebibyte, its default, or lower "
             "batch.size "
             "in kafka.librdkafka";
    default:
      return "";
  }
}

Result<void> set(rd_kafka_conf_t* settings, std::string const& name, std::string const& value) {
  std::array<char, 256> why{};
  if (rd_kafka_conf_set(settings, name.c_str(), value.c_str(), why.data(), why.size()) ==
      RD_KAFKA_CONF_OK) {
    return {};
  }
  return Error{Errc::kConfigInvalid, why.data()};
}

}  // namespace

/// Brokers come and go; an error that matters fails an operation, which then reports it.
void on_kafka_error(rd_kafka_t* /*handle*/, int number, char const* reason, void* /*opaque*/) {
  auto const code = static_cast<rd_kafka_resp_err_t>(number);
  log_event(LogLevel::kDebug, "kafka.client",
            {{"facility", rd_kafka_err2name(code)}, {"text", reason}});
  // "All brokers are down" contains less than the earlier error of each of them.
  bool const is_news = code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
  if (listening != nullptr && is_news && !listening->final()) *listening = {code, reason};
}

void KafkaDeleter::operator()(rd_kafka_t* handle) const noexcept {
  if (rd_kafka_type(handle) == RD_KAFKA_PRODUCER) {
    // What is still queued is in the journal; waiting for it here could take minutes.
    rd_kafka_purge(handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  }
  rd_kafka_destroy(handle);
}

Result<KafkaHandle> make_kafka(rd_kafka_type_t type, KafkaOptions const& options,
                               KafkaSettings settings, KafkaCallbacks const& callbacks) {
  KafkaOwned<rd_kafka_conf_t> conf{rd_kafka_conf_new()};
  rd_kafka_conf_set_log_cb(conf.get(), &on_log);
  rd_kafka_conf_set_error_cb(conf.get(), &on_kafka_error);
  if (callbacks.close_socket != nullptr) {
    rd_kafka_conf_set_closesocket_cb(conf.get(), callbacks.close_socket);
  }
  rd_kafka_conf_set_opaque(conf.get(), callbacks.opaque);
  if (callbacks.reports != nullptr) rd_kafka_conf_set_dr_msg_cb(conf.get(), callbacks.reports);
  if (callbacks.rebalance != nullptr) {
    rd_kafka_conf_set_rebalance_cb(conf.get(), callbacks.rebalance);
  }
  std::vector<std::pair<std::string, std::string>> all{
      {"bootstrap.servers", options.bootstrap_servers},
      {"client.id", "k2-" + options.process},
      // Its default of ten seconds is half of a broker's restart.
      {"reconnect.backoff.max.ms", "1000"},
      {"socket.keepalive.enable", "true"},
  };
  for (auto const& [name, value] : settings) {
    if (!value.empty()) all.emplace_back(name, value);
  }
  all.insert(all.end(), options.librdkafka.begin(), options.librdkafka.end());
  for (auto const& [name, value] : all) {
    if (auto const done = set(conf.get(), name, value); !done) {
      return Error{Errc::kConfigInvalid, "kafka.librdkafka: " + done.error().detail};
    }
  }
  std::array<char, 512> why{};
  rd_kafka_t* const handle = rd_kafka_new(type, conf.get(), why.data(), why.size());
  if (handle == nullptr) {
    return Error{Errc::kConfigInvalid, fmt::format("kafka.librdkafka: {}", why.data())};
  }
  (void)conf.release();  // the client's now
  return KafkaHandle{handle};
}

Error kafka_error(std::string_view what, rd_kafka_resp_err_t code, std::string_view words) {
  bool const fenced =
      code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
      code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH ||
      code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION || code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
      code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
  return Error{fenced ? Errc::kKafkaFenced : Errc::kKafkaFailed,
               fmt::format("{}: {} ({}){}", what, words, rd_kafka_err2name(code), remedy_of(code))};
}

Result<KafkaOwned<rd_kafka_metadata_t const>> read_metadata(rd_kafka_t* handle,
                                                            KafkaOptions const& options,
                                                            std::chrono::milliseconds timeout) {
  auto const until = std::chrono::steady_clock::now() + timeout;
  Complaint complaint;
  for (;;) {
    rd_kafka_metadata_t const* metadata = nullptr;
    // All topics: a query for one that is missing would have some brokers create it.
    auto const code = rd_kafka_metadata(handle, 1, nullptr, &metadata, kMetadataStepMs);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return KafkaOwned<rd_kafka_metadata_t const>{metadata};
    hear(handle, complaint);
    bool const is_silence =
        code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (!is_silence || complaint.final() || std::chrono::steady_clock::now() >= until) {
      return no_metadata(options, complaint, code);
    }
  }
}

Result<void> check_kafka_setting(std::string const& name, std::string const& value) {
  KafkaOwned<rd_kafka_conf_t> const conf{rd_kafka_conf_new()};
  return set(conf.get(), name, value);
}

}  // namespace k2::io
