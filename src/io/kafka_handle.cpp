#include "io/kafka_handle.hpp"

#include "io/log.hpp"

#include <fmt/format.h>

#include <array>

namespace k2::io {
namespace {

/// syslog's "warning": librdkafka's finer levels are of no use to an operator.
constexpr int kWarning = 4;

void on_log(rd_kafka_t const* /*handle*/, int level, char const* facility, char const* text) {
  log_event(level <= kWarning ? LogLevel::kInfo : LogLevel::kDebug, "kafka.client",
            {{"facility", facility}, {"text", text}});
}

/// Brokers come and go; what matters fails an operation, which then says so.
void on_error(rd_kafka_t* /*handle*/, int code, char const* reason, void* /*opaque*/) {
  log_event(
      LogLevel::kDebug, "kafka.client",
      {{"facility", rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(code))}, {"text", reason}});
}

Result<void> set(rd_kafka_conf_t* settings, std::string const& name, std::string const& value) {
  std::array<char, 256> why{};
  if (rd_kafka_conf_set(settings, name.c_str(), value.c_str(), why.data(), why.size()) ==
      RD_KAFKA_CONF_OK) {
    return {};
  }
  return Error{Errc::kConfigInvalid, fmt::format("kafka.librdkafka: {}", why.data())};
}

}  // namespace

void KafkaDeleter::operator()(rd_kafka_t* handle) const noexcept {
  if (rd_kafka_type(handle) == RD_KAFKA_PRODUCER) {
    // What is still queued is in the journal; waiting for it here could take minutes.
    rd_kafka_purge(handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  }
  rd_kafka_destroy(handle);
}

Result<KafkaHandle> make_kafka(rd_kafka_type_t type, KafkaOptions const& options,
                               KafkaSettings settings,
                               void (*reports)(rd_kafka_t*, rd_kafka_message_t const*, void*),
                               void* opaque) {
  KafkaOwned<rd_kafka_conf_t> conf{rd_kafka_conf_new()};
  rd_kafka_conf_set_log_cb(conf.get(), &on_log);
  rd_kafka_conf_set_error_cb(conf.get(), &on_error);
  rd_kafka_conf_set_opaque(conf.get(), opaque);
  if (reports != nullptr) rd_kafka_conf_set_dr_msg_cb(conf.get(), reports);
  std::vector<std::pair<std::string, std::string>> all{
      {"bootstrap.servers", options.bootstrap_servers},
      {"client.id", "k2"},
      // Its default of ten seconds is half of a broker's restart.
      {"reconnect.backoff.max.ms", "1000"},
      {"socket.keepalive.enable", "true"},
  };
  for (auto const& [name, value] : settings) {
    if (!value.empty()) all.emplace_back(name, value);
  }
  all.insert(all.end(), options.librdkafka.begin(), options.librdkafka.end());
  for (auto const& [name, value] : all) {
    if (auto const done = set(conf.get(), name, value); !done) return done.error();
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
  bool const fenced = code == RD_KAFKA_RESP_ERR__FENCED ||
                      code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
                      code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
  return Error{fenced ? Errc::kKafkaFenced : Errc::kKafkaFailed,
               fmt::format("{}: {} ({})", what, words, rd_kafka_err2name(code))};
}

Result<KafkaOwned<rd_kafka_metadata_t const>> read_metadata(rd_kafka_t* handle,
                                                            KafkaOptions const& options,
                                                            std::chrono::milliseconds timeout) {
  rd_kafka_metadata_t const* metadata = nullptr;
  // All topics: asking for one that is missing would have some brokers create it.
  auto const code =
      rd_kafka_metadata(handle, 1, nullptr, &metadata, static_cast<int>(timeout.count()));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_error(
        fmt::format("no broker of {} answers; check kafka.bootstrap_servers, and security.protocol "
                    "in kafka.librdkafka",
                    options.bootstrap_servers),
        code, rd_kafka_err2str(code));
  }
  return KafkaOwned<rd_kafka_metadata_t const>{metadata};
}

}  // namespace k2::io
