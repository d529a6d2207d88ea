#include "app/checks.hpp"
#include "app/stream_setup.hpp"
#include "feed/rest_reader.hpp"
#include "feed/rest_requests.hpp"
#include "feed/subscriptions.hpp"
#include "io/clock.hpp"
#include "io/line_proof.hpp"
#include "io/listing.hpp"
#include "io/tls_context.hpp"
#include "tools/check/judge.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace k2::app {
namespace {

using check::Finding;
using check::Findings;
using check::Grade;

Finding ask_time(io::RestCaller& rest) {
  Now const asked = io::read_clock();
  auto const body = rest.get(std::string{feed::kServerTimeTarget});
  if (!body) return check::failed("clock", body.error());
  auto const there = feed::RestReader{}.server_time(*body);
  if (!there) return check::failed("clock", there.error());
  // The answer was given about halfway between question and reply.
  auto const halfway = asked.utc + (io::read_clock().utc - asked.utc) / 2;
  return check::judge_clock(
      std::chrono::duration_cast<std::chrono::milliseconds>(*there - halfway));
}

Finding judge_symbols(StreamConfig const& config, feed::ExchangeInfo const& info) {
  std::vector<std::string> unknown;
  std::vector<std::string> halted;
  for (Symbol const& symbol : config.symbols.named) {
    auto const* const listed = info.find(symbol.text());
    if (listed == nullptr) unknown.emplace_back(symbol.text());
    if (listed != nullptr && !listed->trading()) halted.emplace_back(symbol.text());
  }
  Finding finding{.subject = "symbols", .seen = selection_text(config.symbols)};
  if (!halted.empty()) {
    finding.grade = Grade::kWarn;
    finding.seen = fmt::format("{} not trading now", fmt::join(halted, ", "));
    finding.remedy = "expected during a trading halt: the tape continues when trading resumes";
  }
  if (!unknown.empty()) {
    finding.grade = Grade::kFail;
    finding.seen = fmt::format("the exchange does not list {}", fmt::join(unknown, ", "));
    finding.remedy = "check the spelling of binance.symbols";
  }
  return finding;
}

/// Returns the exchange's list when it answers with one; other findings go to `findings`.
std::optional<feed::ExchangeInfo> ask_rest(StreamConfig const& config, Findings& findings) {
  auto options = rest_options(config);
  options.headers.emplace_back(feed::kTimeUnitHeader);
  io::RestCaller rest{options};
  findings.push_back(ask_time(rest));
  auto const info =
      io::fetch_listing(rest, config.symbols.quotes.empty() ? std::span{config.symbols.named}
                                                            : std::span<Symbol const>{});
  if (!info) {
    findings.push_back(
        check::failed("REST " + config.rest_endpoints.front().to_string(), info.error()));
    return std::nullopt;
  }
  auto const limit = info->weight_per_minute().value_or(feed::kRestWeightPerMinute);
  findings.push_back(check::judge_weight(rest.used_weight().value_or(0), limit));
  findings.push_back(judge_symbols(config, *info));
  return *info;
}

void prove_lines(StreamConfig const& config, std::vector<Symbol> const& symbols,
                 std::chrono::milliseconds patience, Findings& findings) {
  auto const tls = io::make_tls_client(
      {.verify = config.ssl_verify, .custom_ca_bundle = config.custom_ca_bundle.string()});
  if (!tls) {
    findings.push_back(check::failed("binance.custom_ca_bundle", tls.error()));
    return;
  }
  std::string const target = feed::Subscriptions{feed::StreamKind::kTrade}.begin(symbols);
  for (feed::Endpoint const& endpoint : config.stream_endpoints) {
    auto const proof = io::prove_line(endpoint, target, tls->get(), config.proxy, patience);
    if (!proof) {
      findings.push_back(check::failed("line " + endpoint.to_string(), proof.error()));
      continue;
    }
    findings.push_back(check::judge_line({.url = endpoint.to_string(),
                                          .description = proof->description,
                                          .first_data = proof->first_data,
                                          .waited = patience}));
    std::vector<check::ShownCertificate> chain;
    for (auto const& [subject, issuer, not_after] : proof->certificates) {
      chain.push_back({subject, issuer, not_after});
    }
    findings.push_back(check::judge_chain(endpoint.host, chain, io::read_clock().utc));
  }
}

}  // namespace

Findings check_exchange(StreamConfig const& config, std::chrono::milliseconds patience) {
  Findings findings;
  if (!config.ssl_verify) {
    findings.push_back({.grade = Grade::kWarn,
                        .subject = "binance.ssl_verify",
                        .seen = "certificates are not checked",
                        .remedy = "trust a private CA with binance.custom_ca_bundle instead"});
  }
  auto const info = ask_rest(config, findings);
  auto const symbols = info ? selected_symbols(config.symbols, *info, {}) : config.symbols.named;
  if (symbols.empty()) {
    findings.push_back({.grade = Grade::kWarn,
                        .subject = "lines",
                        .seen = "not tried: without the exchange's list " +
                                selection_text(config.symbols) + " names no symbol",
                        .remedy = "fix REST first"});
    return findings;
  }
  prove_lines(config, symbols, patience, findings);
  return findings;
}

}  // namespace k2::app
