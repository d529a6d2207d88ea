#include "io/stream_watch.hpp"

#include "io/clock.hpp"
#include "io/log.hpp"
#include "io/process_memory.hpp"
#include "watch/status_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

namespace k2::io {
namespace {

using feed::LineReason;
using watch::Seconds;

/// Gaps that the status page lists; the numbers count all.
constexpr std::size_t kGapsShown = 200;
/// How often the exchange is asked for its time, and when first.
constexpr std::chrono::minutes kClockInterval{5};
constexpr std::chrono::seconds kClockFirst{2};

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

std::vector<watch::LineSnapshot> line_snapshots(ShardRunner const& runner, MonoTime now) {
  std::vector<watch::LineSnapshot> lines;
  for (feed::LineView const& view : runner.shard().feed().lines()) {
    std::string_view const kind = view.kind == feed::StreamKind::kTrade ? "trade" : "kline_1m";
    lines.push_back({.id = value(view.id),
                     .place = fmt::format("{}.{}", kind, view.seat),
                     .kind = kind,
                     .state = feed::line_state_name(view.state),
                     .endpoint = runner.book().endpoint(view.id),
                     .streams = view.streams,
                     .successor = view.successor,
                     .age = now - view.opened_at,
                     .silent = now - view.data_at,
                     .rotates_in = view.rotate_at - now});
  }
  return lines;
}

void note_gaps(std::string const& symbol, shard::Shard const& shard, SymbolIndex index,
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

watch::Rest rest_snapshot(shard::Shard const& shard, MonoTime now) {
  auto const& budget = shard.continuity().budget();
  auto const& counts = shard.continuity().counts();
  return {.requests = counts.rest_requests,
          .errors = counts.rest_errors,
          .weight_used = budget.used(),
          .weight_limit = budget.limit(),
          .blocked = budget.blocked(now)};
}

}  // namespace

StreamWatch::StreamWatch(StreamWatchOptions options)
    : options_(std::move(options)),
      started_(read_clock()),
      last_at_(started_.mono),
      memory_at_(started_.mono),
      clock_at_(started_.mono + kClockFirst) {}

Result<std::unique_ptr<StreamWatch>> StreamWatch::start(StreamWatchOptions options) {
  std::unique_ptr<StreamWatch> watch{new StreamWatch{std::move(options)}};
  auto const& listen = watch->options_.listen;
  if (!listen) return watch;
  auto server = WatchServer::start(*listen);
  if (!server) {
    return Error{Errc::kSocketFailed,
                 server.error().detail +
                     "; set metrics.listen (--metrics-listen) to another address, or to off"};
  }
  watch->server_ = *std::move(server);
  log_event(LogLevel::kInfo, "watch.listening",
            {{"address", listen->ip}, {"port", watch->server_->port()}});
  return watch;
}

void StreamWatch::publish(ShardRunner& runner, JournalThread const& journal_thread,
                          KafkaFollower const* kafka) {
  Now const now = read_clock();
  leak(now.mono);
  sample_memory(now.mono);
  if (now.mono >= clock_at_) {
    clock_at_ = now.mono + kClockInterval;
    runner.measure_clock();
  }
  auto snapshot = std::make_shared<watch::Snapshot>();
  snapshot->at = now;
  snapshot->version = options_.version;
  snapshot->commit = options_.commit;
  snapshot->tape = tape(runner, now);
  snapshot->links = links(runner, now);
  snapshot->rest = rest_snapshot(runner.shard(), now.mono);
  snapshot->journal = journal(runner, journal_thread);
  if (kafka != nullptr) {
    snapshot->kafka = delivery(*kafka, journal_thread.status().durable_sequence, now.mono);
  }
  snapshot->process = read_process();
  snapshot->process.started = started_.utc;
  snapshot->process.leak_score = leak_score_.score();
  snapshot->process.leak_mb_per_hour = leak_score_.mb_per_hour();
  snapshot->per_symbol =
      options_.per_symbol == PerSymbol::kOn || (options_.per_symbol == PerSymbol::kAuto &&
                                                snapshot->tape.symbols.size() <= kPerSymbolAutoMax);
  last_at_ = now.mono;
  last_accepted_ = snapshot->tape.accepted;
  published_ = std::move(snapshot);
  if (server_) server_->publish(published_);
}

std::string StreamWatch::status_json() const {
  return published_ ? watch::status_json(*published_, read_clock().mono) : std::string{};
}

void StreamWatch::sample_memory(MonoTime now) {
  if (now < memory_at_) return;
  memory_at_ = now + options_.memory_interval;
  leak_score_.sample(now, read_process().rss_bytes);
}

/// A drill's leak: memory that is held and used, and never given back.
void StreamWatch::leak(MonoTime now) {
  if (options_.injected_mb_per_hour <= 0) return;
  constexpr std::size_t kPiece = std::size_t{64} * 1024;
  double const hours = Seconds{now - started_.mono}.count() / 3600;
  auto const wanted = static_cast<std::size_t>(options_.injected_mb_per_hour * hours *
                                               static_cast<double>((1 << 20) / kPiece));
  while (leaked_.size() < wanted) {
    leaked_.push_back(std::make_unique<char[]>(kPiece));
    std::memset(leaked_.back().get(), 1, kPiece);
  }
}

std::vector<watch::SymbolSnapshot> StreamWatch::symbols(shard::Shard const& shard, Now const& now) {
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

watch::Tape StreamWatch::tape(ShardRunner const& runner, Now const& now) {
  shard::Shard const& shard = runner.shard();
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
  tape.gaps_declared = status.counts.gaps_declared;
  for (GapState const state : {GapState::kOpen, GapState::kRepaired, GapState::kVenue}) {
    tape.gap_changes.emplace_back(gap_state_name(state), runner.gap_changes(state));
  }
  tape.waiting = status.waiting;
  tape.waiting_limit = shard.continuity().options().sequencer.waiting_total_max;
  tape.admitting = status.admits;
  tape.dead_letters = status.dead_letters;
  tape.audit_minutes = {{"complete", status.audit.complete},
                        {"incomplete", status.audit.incomplete},
                        {"unjudged", status.audit.unjudged}};
  tape.audit_doubled = status.audit.doubled;
  tape.exchange_receive = shard.latency().exchange_receive;
  tape.receive_accepted = shard.latency().receive_accepted;
  return tape;
}

watch::Links StreamWatch::links(ShardRunner const& runner, Now const& now) const {
  shard::Shard const& shard = runner.shard();
  auto const status = shard.status();
  LineBook const& book = runner.book();
  watch::Links links;
  links.live = status.line == feed::LineState::kLive;
  links.lines = line_snapshots(runner, now.mono);
  for (feed::Runner const& one : status.runners) {
    links.runners.push_back({one.firsts, one.seconds, one.lost, one.leads, one.lead_total});
  }
  links.lifetime_limit = options_.line_lifetime;
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
  links.bytes = runner.received_bytes();
  links.pings = status.lines.pings;
  links.pongs = book.pongs();
  links.pong_timeouts = status.lines.pong_timeouts;
  links.last_pong = book.last_pong();
  links.round_trip = book.round_trip();
  links.tls_verified = options_.tls_verified;
  if (auto const at = shard.last_received(); at != UtcTime{}) links.last_message = at;
  if (auto const offset = runner.clock_offset()) links.clock_offset = *offset;
  return links;
}

watch::KafkaSnapshot StreamWatch::delivery(KafkaFollower const& kafka, std::uint64_t durable,
                                           MonoTime now) {
  KafkaStatus const status = kafka.status();
  return {.produced = status.produced,
          .failures = status.failures,
          .commits = status.commits,
          .failing = status.failing,
          .fenced = status.fenced,
          .lag_records = durable - std::min(durable, status.delivered_sequence),
          .lag = delivery_lag_.note(durable, status.delivered_sequence, now),
          .serializers = status.serializers,
          .evictions = status.evictions};
}

watch::JournalSnapshot StreamWatch::journal(ShardRunner const& runner,
                                            JournalThread const& thread) const {
  JournalStatus const status = thread.status();
  watch::JournalSnapshot journal{
      .commits = status.commits,
      .commit_time = status.commit_time,
      .failures = status.failures,
      .failing = status.failing,
      .waiting_batches = status.waiting_batches,
      .waiting_trades = runner.shard().status().next_sequence - status.durable_sequence,
      .bytes = folder_bytes(options_.data_dir),
      .receive_durable = thread.receive_to_durable()};
  std::error_code failed;
  auto const space = std::filesystem::space(options_.data_dir, failed);
  if (!failed) {
    journal.disk_free = space.available;
    journal.disk_size = space.capacity;
  }
  return journal;
}

}  // namespace k2::io
