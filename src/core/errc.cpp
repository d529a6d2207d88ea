#include "core/errc.hpp"

#include <algorithm>
#include <array>

namespace k2 {
namespace {

struct Named {
  Errc code;
  std::string_view name;
};

constexpr std::array kNames{
    Named{Errc::kOk, "ok"},
    Named{Errc::kDecimalSyntax, "decimal_syntax"},
    Named{Errc::kDecimalRange, "decimal_range"},
    Named{Errc::kJsonSyntax, "json_syntax"},
    Named{Errc::kFieldMissing, "field_missing"},
    Named{Errc::kFieldInvalid, "field_invalid"},
    Named{Errc::kSymbolInvalid, "symbol_invalid"},
    Named{Errc::kSymbolUnknown, "symbol_unknown"},
    Named{Errc::kUrlInvalid, "url_invalid"},
    Named{Errc::kWsProtocol, "ws_protocol"},
    Named{Errc::kWsTooBig, "ws_too_big"},
    Named{Errc::kWsHandshake, "ws_handshake"},
    Named{Errc::kDnsFailed, "dns_failed"},
    Named{Errc::kConnectFailed, "connect_failed"},
    Named{Errc::kProxyRefused, "proxy_refused"},
    Named{Errc::kTlsHandshake, "tls_handshake"},
    Named{Errc::kTlsCertificate, "tls_certificate"},
    Named{Errc::kConnectionClosed, "connection_closed"},
    Named{Errc::kSocketFailed, "socket_failed"},
    Named{Errc::kTimeout, "timeout"},
    Named{Errc::kHttpFailed, "http_failed"},
    Named{Errc::kHttpStatus, "http_status"},
    Named{Errc::kExchangeError, "exchange_error"},
    Named{Errc::kRateLimited, "rate_limited"},
    Named{Errc::kRefusedByRegion, "refused_by_region"},
    Named{Errc::kFileFailed, "file_failed"},
    Named{Errc::kDiskFull, "disk_full"},
    Named{Errc::kJournalFormat, "journal_format"},
    Named{Errc::kDataCorrupt, "data_corrupt"},
    Named{Errc::kJournalFailed, "journal_failed"},
    Named{Errc::kConfigInvalid, "config_invalid"},
    Named{Errc::kKafkaFailed, "kafka_failed"},
    Named{Errc::kKafkaFenced, "kafka_fenced"},
    Named{Errc::kRegistryRefused, "registry_refused"},
    Named{Errc::kBusy, "busy"},
};

static_assert(std::ranges::all_of(kNames,
                                  [at = std::size_t{0}](Named const& named) mutable {
                                    return static_cast<std::size_t>(named.code) == at++;
                                  }),
              "a name for each code, in the order of the codes");

}  // namespace

std::string_view errc_name(Errc code) noexcept {
  auto const at = static_cast<std::size_t>(code);
  return at < kNames.size() ? kNames[at].name : "unknown";
}

}  // namespace k2
