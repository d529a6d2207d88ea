// Every way in which an expected failure can happen, one vocabulary from the parser to the alert.
// A name here is also a metric label and a dead-letter reason, so names are never reused.
#pragma once

#include <cstdint>
#include <string_view>

namespace k2 {

enum class Errc : std::uint8_t {
  /// No failure; only functions that return a bare Errc use it.
  kOk,
  /// A decimal is not of the form digits[.digits].
  kDecimalSyntax,
  /// A decimal has more than eight places or exceeds int64 at scale 8: never rounded.
  kDecimalRange,
  /// A text is not JSON, or not the JSON that its place calls for.
  kJsonSyntax,
  /// A key that the record cannot do without is missing.
  kFieldMissing,
  /// A key is there, but its value is of the wrong type or out of range.
  kFieldInvalid,
  /// A symbol is empty, too long, or not UTF-8.
  kSymbolInvalid,
  /// A symbol is not among the subscribed ones.
  kSymbolUnknown,
  /// A URL is malformed or has a scheme that K2 does not support.
  kUrlInvalid,
  /// The peer broke the WebSocket protocol (RFC 6455); the detail names the violation.
  kWsProtocol,
  /// A WebSocket frame or message is longer than the configured limit.
  kWsTooBig,
  /// The HTTP upgrade to WebSocket was refused or malformed.
  kWsHandshake,
  /// A host name did not resolve.
  kDnsFailed,
  /// A TCP connection could not be made.
  kConnectFailed,
  /// The HTTP proxy did not open the way to the exchange; the detail names cause and remedy.
  kProxyRefused,
  /// A TLS handshake failed for another reason than the certificate.
  kTlsHandshake,
  /// The peer's certificate was refused; the detail names cause and remedy.
  kTlsCertificate,
  /// The peer closed the connection, with or without a close frame.
  kConnectionClosed,
  /// Reading or writing a socket failed.
  kSocketFailed,
  /// Something did not answer within its time.
  kTimeout,
  /// An HTTP exchange failed before a status line came.
  kHttpFailed,
  /// The server answered with an HTTP status other than 200.
  kHttpStatus,
  /// The exchange understood a request and refused it; the detail holds its own code and words.
  kExchangeError,
  /// 429 or 418: the exchange demands fewer requests; Retry-After is obeyed.
  kRateLimited,
  /// 403 or 451: the exchange does not serve this address; a matter for a human.
  kRefusedByRegion,
  /// A file could not be opened, read or written.
  kFileFailed,
  /// The disk has no room left.
  kDiskFull,
  /// The journal's file is not one that this version can read.
  kJournalFormat,
  /// A block, record or container fails its checksum or its own lengths.
  kDataCorrupt,
  /// The journal's database refused an operation.
  kJournalFailed,
  /// A configuration key, flag or environment value is unknown or out of range.
  kConfigInvalid,
  /// Kafka could not be reached, or refused an operation; tried again.
  kKafkaFailed,
  /// Kafka let another process deliver in place of this one.
  kKafkaFenced,
  /// The schema registry refused a schema; the detail holds its own words.
  kRegistryRefused,
  /// Another process holds what this one needs.
  kBusy,
};

/// The stable lower-case name of a code, as metrics and dead letters show it.
[[nodiscard]] std::string_view errc_name(Errc code) noexcept;

}  // namespace k2
