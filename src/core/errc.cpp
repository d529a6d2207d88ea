#include "core/errc.hpp"

namespace k2 {

std::string_view errc_name(Errc code) noexcept {
  switch (code) {
    case Errc::kOk:
      return "ok";
    case Errc::kDecimalSyntax:
      return "decimal_syntax";
    case Errc::kDecimalRange:
      return "decimal_range";
    case Errc::kJsonSyntax:
      return "json_syntax";
    case Errc::kFieldMissing:
      return "field_missing";
    case Errc::kFieldInvalid:
      return "field_invalid";
    case Errc::kSymbolInvalid:
      return "symbol_invalid";
    case Errc::kSymbolUnknown:
      return "symbol_unknown";
    case Errc::kUrlInvalid:
      return "url_invalid";
    case Errc::kWsProtocol:
      return "ws_protocol";
    case Errc::kWsTooBig:
      return "ws_too_big";
    case Errc::kWsHandshake:
      return "ws_handshake";
    case Errc::kDnsFailed:
      return "dns_failed";
    case Errc::kConnectFailed:
      return "connect_failed";
    case Errc::kProxyRefused:
      return "proxy_refused";
    case Errc::kTlsHandshake:
      return "tls_handshake";
    case Errc::kTlsCertificate:
      return "tls_certificate";
    case Errc::kConnectionClosed:
      return "connection_closed";
    case Errc::kSocketFailed:
      return "socket_failed";
    case Errc::kTimeout:
      return "timeout";
    case Errc::kHttpFailed:
      return "http_failed";
    case Errc::kHttpStatus:
      return "http_status";
    case Errc::kExchangeError:
      return "exchange_error";
    case Errc::kRateLimited:
      return "rate_limited";
    case Errc::kRefusedByRegion:
      return "refused_by_region";
    case Errc::kFileFailed:
      return "file_failed";
    case Errc::kDiskFull:
      return "disk_full";
    case Errc::kJournalFormat:
      return "journal_format";
    case Errc::kDataCorrupt:
      return "data_corrupt";
    case Errc::kJournalFailed:
      return "journal_failed";
    case Errc::kConfigInvalid:
      return "config_invalid";
    case Errc::kKafkaFailed:
      return "kafka_failed";
    case Errc::kKafkaFenced:
      return "kafka_fenced";
    case Errc::kRegistryRefused:
      return "registry_refused";
    case Errc::kBusy:
      return "busy";
  }
  return "unknown";
}

}  // namespace k2
