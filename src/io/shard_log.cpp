#include "io/shard_log.hpp"

#include "io/log.hpp"

#include <algorithm>
#include <chrono>
#include <variant>

namespace k2::io {
namespace {

double seconds_of(std::chrono::nanoseconds span) {
  return std::chrono::duration<double>{span}.count();
}

void log(shard::FrameRefused const& refused) {
  log_event_limited(
      LogLevel::kWarn, "frame.refused", feed::frame_kind_name(refused.kind),
      {{"kind", feed::frame_kind_name(refused.kind)}, {"error", refused.why.to_string()}});
}

void log(shard::RequestRefused const& refused) {
  log_event(LogLevel::kWarn, "connection.request_refused", {{"error", refused.why.to_string()}});
}

void log(shard::RestFailed const& failed) {
  // An outage is one event for all symbols; a refusal is one of its symbol.
  bool const refused = failed.status >= 400 && failed.status < 500;
  log_event_limited(
      LogLevel::kWarn, "rest.failed",
      refused ? std::string_view{failed.symbol} : errc_name(failed.why.code),
      {{"symbol", failed.symbol}, {"status", failed.status}, {"error", failed.why.to_string()}});
}

void log(shard::TradeImplausible const& trade) {
  log_event_limited(LogLevel::kWarn, "tape.id_implausible", trade.symbol,
                    {{"symbol", trade.symbol},
                     {"id", value(trade.id)},
                     {"expected", trade.expected ? value(*trade.expected) : 0}});
}

void log(shard::TapeRestarted const& tape) {
  log_event(LogLevel::kError, "tape.ids_restarted",
            {{"symbol", tape.symbol},
             {"expected", value(tape.expected)},
             {"seen", value(tape.seen)},
             {"action", "recording of the symbol is halted; see runbook, TapeIdsRestarted"}});
}

void log(shard::TapeOpened const& tape) {
  auto const& restart = tape.restart;
  log_event(LogLevel::kInfo, "tape.restarted",
            {{"symbol", restart.symbol},
             {"generation", restart.generation},
             {"closed_last", restart.closed_last ? value(*restart.closed_last) : 0},
             {"first", restart.first ? value(*restart.first) : 0}});
}

void log(shard::GapNoted const& noted) {
  bool const open = noted.gap.state == GapState::kOpen;
  log_event(open ? LogLevel::kError : LogLevel::kInfo, "gap.declared",
            {{"symbol", noted.gap.symbol},
             {"first", value(noted.gap.ids.first)},
             {"last", value(noted.gap.ids.last)},
             {"state", gap_state_name(noted.gap.state)},
             {"error", noted.gap.why}});
}

void log(shard::AdmissionChanged const& changed) {
  log_event(changed.open ? LogLevel::kInfo : LogLevel::kError,
            changed.open ? "tape.resumed" : "tape.paused", {{"forgotten", changed.forgotten}});
}

/// The first of many names.
std::string names(std::vector<std::string> const& symbols) {
  constexpr std::size_t kNamed = 20;
  std::string text;
  for (std::size_t at = 0; at < std::min(symbols.size(), kNamed); ++at) {
    text.append(text.empty() ? "" : ",").append(symbols[at]);
  }
  return symbols.size() > kNamed ? text.append(",...") : text;
}

void log(shard::SymbolsChanged const& changed) {
  log_event(LogLevel::kInfo, "symbols.changed",
            {{"added", changed.added.size()},
             {"removed", changed.removed.size()},
             {"added_symbols", names(changed.added)},
             {"removed_symbols", names(changed.removed)}});
}

void log(flow::HoleChange const& hole, std::string const& symbol) {
  log_event_limited(LogLevel::kInfo, hole.closed ? "gap.closed" : "gap.found", symbol,
                    {{"symbol", symbol},
                     {"first", value(hole.missing.first)},
                     {"last", value(hole.missing.last)},
                     {"age_s", seconds_of(hole.age)}});
}

void log(flow::MinuteVerdict const& minute, std::string const& symbol) {
  bool const healed = minute.result == flow::MinuteResult::kHealed;
  // The others are counted; there is nothing to look at.
  if (!healed && minute.result != flow::MinuteResult::kIncomplete) return;
  log_event(
      healed ? LogLevel::kInfo : LogLevel::kError,
      healed ? "audit.minute_healed" : "audit.minute_incomplete",
      {{"symbol", symbol},
       {"minute_ms",
        std::chrono::floor<std::chrono::milliseconds>(minute.open_at).time_since_epoch().count()},
       {"published", minute.published},
       {"accepted", minute.accepted},
       {"first_missing", minute.missing ? value(minute.missing->first) : 0}});
}

}  // namespace

void log_opening(feed::OpenLine const& action, feed::Endpoint const& endpoint) {
  if (action.why == feed::LineReason::kRotation) {
    log_event(LogLevel::kInfo, "binance_connection_rotation_triggered",
              {{"connection", value(action.line)}});
  }
  log_event(LogLevel::kInfo, "connection.opening",
            {{"connection", value(action.line)},
             {"endpoint", endpoint.to_string()},
             {"reason", feed::line_reason_name(action.why)}});
}

void log_ping(LineId line) {
  log_event(LogLevel::kDebug, "ping_sent", {{"connection", value(line)}});
}

void log_pong(LineId line, std::chrono::nanoseconds round_trip) {
  log_event(LogLevel::kDebug, "pong_received",
            {{"connection", value(line)}, {"round_trip_s", seconds_of(round_trip)}});
}

void log_rejected_certificate(std::string const& endpoint, Error const& why) {
  if (why.code != Errc::kTlsCertificate) return;
  log_event_limited(LogLevel::kError, "ssl_certificate_rejected", endpoint,
                    {{"endpoint", endpoint}, {"error", why.to_string()}});
}

void log_line_change(feed::LineChanged const& change) {
  bool const lost = change.to == feed::LineState::kClosed &&
                    change.reason != feed::LineReason::kReplaced &&
                    change.reason != feed::LineReason::kQuietMarket;
  LogField const connection{"connection", value(change.line)};
  LogField const from{"from", feed::line_state_name(change.from)};
  LogField const to{"to", feed::line_state_name(change.to)};
  LogField const reason{"reason", feed::line_reason_name(change.reason)};
  if (change.detail.empty()) {
    log_event(lost ? LogLevel::kWarn : LogLevel::kInfo, "connection.changed",
              {connection, from, to, reason});
  } else {
    log_event(lost ? LogLevel::kWarn : LogLevel::kInfo, "connection.changed",
              {connection, from, to, reason, {"error", change.detail}});
  }
  if (change.to == feed::LineState::kDraining && change.reason == feed::LineReason::kRotation) {
    log_event(LogLevel::kInfo, "binance_connection_rotation_completed",
              {{"connection", value(change.line)}});
  }
}

void log_note(shard::Note const& note, shard::Shard const& shard) {
  std::visit(
      [&shard](auto const& one) {
        if constexpr (requires { shard.symbol(one.symbol); }) {
          log(one, shard.symbol(one.symbol).text());
        } else {
          log(one);
        }
      },
      note);
}

}  // namespace k2::io
