#include "shard/stream_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <string>

namespace k2::shard {
namespace {

using feed::LineReason;
using watch::Seconds;

/// Gaps that the status page lists; the numbers count all.
constexpr std::size_t kGapsShown = 200;

constexpr std::array kPlannedReasons{LineReason::kRotation, LineReason::kServerShutdown};
constexpr std::array kTroubles{
    LineReason::kError,       LineReason::kNoData,     LineReason::kNoFrame,
    LineReason::kPongTimeout, LineReason::kDeadStream, LineReason::kConnectTimeout,
    LineReason::kNotProven,   LineReason::kAgeMax,     LineReason::kServerShutdown};
constexpr std::array kFrameErrors{feed::FrameKind::kBadTrade, feed::FrameKind::kBadKline,
                                  feed::FrameKind::kNotJson};
constexpr std::array kErrorsAlwaysShown{
    Errc::kTlsCertificate, Errc::kTlsHandshake, Errc::kConnectFailed,  Errc::kConnectionClosed,
    Errc::kTimeout,        Errc::kRateLimited,  Errc::kRefusedByRegion};

watch::CountsBy counts_of(LineBook::Reasons const& counts, std::span<LineReason const> reasons) {
  watch::CountsBy by;
  for (LineReason const reason : reasons) {
    by.emplace_back(feed::line_reason_name(reason), counts[static_cast<std::size_t>(reason)]);
  }
  return by;
}

watch::CountsBy counts_of(std::map<Errc, std::uint64_t> errors) {
  for (Errc const code : kErrorsAlwaysShown) errors.try_emplace(code, 0);
  watch::CountsBy by;
  for (auto const& [code, count] : errors) by.emplace_back(errc_name(code), count);
  return by;
}

std::vector<watch::LineSnapshot> line_snapshots(Shard const& shard, LineBook const& book,
                                                MonoTime now) {
  std::vector<watch::LineSnapshot> lines;
  for (feed::LineView const& view : shard.feed().lines()) {
    std::string_view const kind = view.kind == feed::StreamKind::kTrade ? "trade" : "kline_1m";
    lines.push_back({.id = value(view.id),
                     .place = fmt::format("{}.{}", kind, view.seat),
                     .kind = kind,
                     .state = feed::line_state_name(view.state),
                     .endpoint = book.endpoint(view.id),
                     .streams = view.streams,
                     .successor = view.successor,
                     .age = now - view.opened_at,
                     .silent = now - view.data_at,
                     .rotates_in = view.rotate_at - now});
  }
  return lines;
}

void note_gaps(std::string const& symbol, Shard const& shard, SymbolIndex index,
               watch::Tape& tape) {
  auto const& sequencer = shard.continuity().sequencer();
  auto const add = [&](IdRange ids, std::string_view state) {
    if (tape.gaps.size() < kGapsShown) tape.gaps.push_back({symbol, ids, state});
  };
  if (auto const hole = sequencer.hole(index)) {
    tape.missing_in_holes += hole->missing.count();
    add(hole->missing, "hole");
  }
  for (IdRange const& gap : sequencer.open_gaps(index)) {
    tape.missing_declared += gap.count();
    add(gap, "declared");
  }
}

watch::Rest rest_snapshot(Shard const& shard, MonoTime now) {
  auto const& budget = shard.continuity().budget();
  auto const& counts = shard.continuity().counts();
  return {.requests = counts.rest_requests,
          .errors = counts.rest_errors,
          .weight_used = budget.used(),
          .weight_limit = budget.limit(),
          .blocked = budget.blocked(now)};
}

watch::Links links_of(Shard const& shard, ShellCounts const& shell, Now const& now) {
  auto const status = shard.status();
  LineBook const& book = shell.lines;
  watch::Links links;
  links.live = status.line == feed::LineState::kLive;
  links.lines = line_snapshots(shard, book, now.mono);
  for (feed::Runner const& one : status.runners) {
    links.runners.push_back({one.firsts, one.seconds, one.lost, one.leads, one.lead_total});
  }
  links.lifetime_limit = shell.line_lifetime;
  links.attempts = status.lines.connects;
  links.errors = counts_of(book.errors());
  links.rotations = counts_of(book.rotations(), kPlannedReasons);
  links.reconnects = counts_of(book.reconnects(), kTroubles);
  if (auto const at = shard.feed().reopens_at(); at && *at > now.mono) {
    links.reconnect_delay = *at - now.mono;
  }
  for (std::size_t kind = 0; kind < feed::kFrameKinds; ++kind) {
    auto const one = static_cast<feed::FrameKind>(kind);
    links.frames.emplace_back(feed::frame_kind_name(one), shard.decoder().count(one));
  }
  for (feed::FrameKind const kind : kFrameErrors) links.frame_errors += shard.decoder().count(kind);
  links.bytes = shell.received_bytes;
  links.pings = status.lines.pings;
  links.pongs = book.pongs();
  links.pong_timeouts = status.lines.pong_timeouts;
  links.last_pong = book.last_pong();
  links.round_trip = book.round_trip();
  links.tls_verified = shell.tls_verified;
  if (auto const at = shard.last_received(); at != UtcTime{}) links.last_message = at;
  if (shell.clock_offset) links.clock_offset = *shell.clock_offset;
  return links;
}

}  // namespace

void StreamView::show(Shard const& shard, ShellCounts const& shell, Now const& now,
                      watch::Snapshot& snapshot) {
  snapshot.tape = tape(shard, shell, now);
  snapshot.links = links_of(shard, shell, now);
  snapshot.rest = rest_snapshot(shard, now.mono);
  last_at_ = now.mono;
  last_accepted_ = snapshot.tape.accepted;
}

std::vector<watch::SymbolSnapshot> StreamView::symbols(Shard const& shard, Now const& now) {
  std::vector<watch::SymbolSnapshot> symbols;
  seen_.resize(shard.symbols(), Seen{.received = 0, .changed_at = now.mono});
  auto const& continuity = shard.continuity();
  for (std::size_t at = 0; at < shard.symbols(); ++at) {
    auto const index = static_cast<SymbolIndex>(at);
    if (!shard.carries(index)) continue;
    std::uint64_t const received = continuity.received(index);
    Seen& seen = seen_[at];
    auto const expected = continuity.sequencer().expected(index);
    auto& symbol = symbols.emplace_back();
    symbol.symbol = shard.symbol(index).text();
    symbol.generation = shard.generation(index);
    symbol.halted = continuity.sequencer().halted(index);
    symbol.received = received;
    symbol.per_second = static_cast<double>(received - seen.received) /
                        std::max(Seconds{now.mono - last_at_}.count(), 0.001);
    if (received != seen.received) seen = {.received = received, .changed_at = now.mono};
    if (expected && value(*expected) > 0) symbol.last = previous(*expected);
    symbol.quiet = now.mono - seen.changed_at;
    if (auto const hole = continuity.sequencer().hole(index))
      symbol.missing += hole->missing.count();
    for (IdRange const& gap : continuity.sequencer().open_gaps(index))
      symbol.missing += gap.count();
  }
  return symbols;
}

watch::Tape StreamView::tape(Shard const& shard, ShellCounts const& shell, Now const& now) {
  auto const status = shard.status();
  watch::Tape tape;
  tape.symbols = symbols(shard, now);
  for (std::size_t at = 0; at < shard.symbols(); ++at) {
    auto const index = static_cast<SymbolIndex>(at);
    if (shard.carries(index)) note_gaps(shard.symbol(index).text(), shard, index, tape);
  }
  tape.accepted = status.counts.accepted;
  tape.per_second = static_cast<double>(tape.accepted - last_accepted_) /
                    std::max(Seconds{now.mono - last_at_}.count(), 0.001);
  tape.duplicates = status.counts.duplicates;
  tape.backfilled = status.counts.backfilled;
  tape.late = status.counts.late;
  tape.forgotten = status.counts.forgotten;
  tape.holes = status.holes;
  tape.restarted = status.tapes_restarted;
  tape.suspects = status.counts.suspects;
  tape.implausible = status.counts.implausible;
  tape.gaps_declared = status.counts.gaps_declared;
  for (GapState const state :
       {GapState::kOpen, GapState::kRepaired, GapState::kVenue, GapState::kElsewhere}) {
    tape.gap_changes.emplace_back(gap_state_name(state),
                                  shell.gap_changes.at(static_cast<std::size_t>(state)));
  }
  tape.waiting = status.waiting;
  tape.waiting_limit = shard.continuity().options().sequencer.waiting_total_max;
  tape.admitting = status.admits;
  tape.dead_letters = status.dead_letters;
  tape.dead_letters_dropped = status.dead_letters_dropped;
  tape.audit_minutes = {{"complete", status.audit.complete},
                        {"incomplete", status.audit.incomplete},
                        {"healed", status.audit.healed},
                        {"unjudged", status.audit.unjudged}};
  tape.audit_doubled = status.audit.doubled;
  tape.exchange_receive = shard.latency().exchange_receive;
  tape.receive_accepted = shard.latency().receive_accepted;
  return tape;
}

}  // namespace k2::shard
