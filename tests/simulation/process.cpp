#include "tests/simulation/process.hpp"

#include "shard/resume.hpp"
#include "tests/simulation/oracle_failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace k2::simulation {

Process::Process(Clock& clock, Queue& queue, EventLog& log, Network& network, Rest& rest,
                 Disk& disk, shard::ShardOptions options, Rng rng)
    : clock_(clock),
      queue_(queue),
      log_(log),
      network_(network),
      rest_(rest),
      disk_(disk),
      options_(std::move(options)),
      rng_(rng) {}

shard::ShardOptions Process::options_from_disk() const {
  shard::ShardOptions made = options_;
  made.next_sequence = disk_.durable().next_sequence();
  auto const positions = disk_.durable().positions();
  auto const gaps = disk_.durable().gaps();
  for (shard::ShardSymbol& symbol : made.symbols) shard::resume(symbol, positions, gaps);
  return made;
}

void Process::start() {
  log_.say("process starts");
  ++life_;
  timer_at_ = MonoTime::max();
  rest_.forget_limits();
  stored_before_ = disk_.durable().counts();
  truth_ = {.ids_declared = disk_.durable().ids_declared()};
  book_ = {};
  gap_changes_ = {};
  heard_.clear();
  heard_and_declared_ = 0;
  received_bytes_ = 0;
  view_.emplace(clock_.mono);
  started_ = clock_.now();
  shard_ =
      std::make_unique<shard::Shard>(options_from_disk(), disk_, Rng{rng_.next()}, clock_.mono);
  shard_->tick(clock_.now());
  after_event();
}

void Process::crash(bool machine_lives) {
  log_.say(machine_lives ? "process killed" : "power lost");
  ++life_;
  shard_.reset();
  network_.abandon(machine_lives);
  if (machine_lives) {
    disk_.forget_waiting();
  } else {
    disk_.lose_power();
  }
}

void Process::stop() {
  network_.abandon(true);
  while (!shard_->flush()) disk_.drain();
  disk_.drain();
  tally_.take(shard_->status());
  check_counts();
  ++life_;
  shard_.reset();
}

watch::Snapshot Process::snapshot() {
  watch::Snapshot made;
  made.at = clock_.now();
  view_->show(*shard_,
              {.lines = book_,
               .gap_changes = gap_changes_,
               .received_bytes = received_bytes_,
               .clock_offset = -clock_.step,
               .line_lifetime = options_.feed.line.lifetime},
              clock_.now(), made);
  made.journal = disk_.journal();
  made.journal.waiting_trades = shard_->status().next_sequence - disk_.durable().next_sequence();
  made.process.started = started_.utc;
  return made;
}

/// Compares the counts of a life with what was stored and done in it.
void Process::check_counts() const {
  shard::ShardStatus const status = shard_->status();
  RecordCounts const& stored = disk_.durable().counts();
  log_.say(fmt::format("process stops: {} accepted, {} late", status.counts.accepted,
                       status.counts.late));
  auto const same = [](char const* what, std::uint64_t counted, std::uint64_t true_count) {
    if (counted == true_count) return;
    throw OracleFailure{"counts",
                        fmt::format("{}: {} counted, {} true", what, counted, true_count)};
  };
  same("accepted", status.counts.accepted, stored.records - stored_before_.records);
  same("late", status.counts.late, stored.late - stored_before_.late);
  same("backfilled", status.counts.backfilled, stored.from_rest - stored_before_.from_rest);
  same("ids in gaps", status.counts.ids_declared,
       disk_.durable().ids_declared() - truth_.ids_declared);
  same("connections", status.lines.connects, truth_.connects);
  same("pings", status.lines.pings, truth_.pings);
  same("rotations", status.lines.rotations, truth_.rotations);
  same("replacements", status.lines.replacements, truth_.replacements);
}

void Process::add_symbol(Symbol const& symbol) {
  if (carries(symbol)) return;
  shard::ShardSymbol made{.symbol = symbol, .currency = "USDT"};
  options_.symbols.push_back(made);
  removed_.erase(symbol.text());
  if (!running()) return;
  log_.say(symbol.text() + " is carried");
  shard::resume(made, disk_.durable().positions(), disk_.durable().gaps());
  shard_->add_symbol(std::move(made), clock_.now());
  after_event();
}

void Process::remove_symbol(Symbol const& symbol) {
  if (!carries(symbol)) return;
  std::erase_if(options_.symbols,
                [&](shard::ShardSymbol const& one) { return one.symbol == symbol; });
  heard_.erase(symbol.text());
  removed_.insert(symbol.text());
  if (!running()) return;
  log_.say(symbol.text() + " is carried no more");
  shard_->remove_symbol(symbol, clock_.now());
  after_event();
}

void Process::begin_at(Symbol const& symbol, TradeId first) {
  declared_.erase(symbol.text());
  std::ranges::find(options_.symbols, symbol, &shard::ShardSymbol::symbol)->first = first;
}

bool Process::carries(Symbol const& symbol) const {
  return std::ranges::find(options_.symbols, symbol, &shard::ShardSymbol::symbol) !=
         options_.symbols.end();
}

void Process::on_opened(LineId line) {
  log_.say(fmt::format("line {} upgraded", value(line)));
  shard_->on_line_opened(line, clock_.now());
  after_event();
}

void Process::on_text(LineId line, std::string_view frame) {
  if (frame.find(R"("e":"trade")") != std::string_view::npos) ++trades_heard_;
  received_bytes_ += frame.size();
  std::uint64_t const trades = shard_->decoder().count(feed::FrameKind::kTrade);
  shard_->on_text(line, frame, clock_.now());
  if (shard_->decoder().count(feed::FrameKind::kTrade) != trades) hear(frame);
  if (odd_frame_.empty()) return;
  std::size_t const size = odd_frame_.size();
  odd_frame_.resize(size + 64);
  shard_->on_text(line, std::string_view{odd_frame_}.substr(0, size), clock_.now());
  odd_frame_.clear();
}

/// Keeps the id of a trade that a line brought.
void Process::hear(std::string_view frame) {
  constexpr std::string_view kSymbol = R"("s":")";
  constexpr std::string_view kId = R"("t":)";
  std::string_view const symbol = frame.substr(frame.find(kSymbol) + kSymbol.size());
  std::string_view const id = frame.substr(frame.find(kId) + kId.size());
  std::uint64_t number = 0;
  (void)std::from_chars(id.data(), id.data() + id.size(), number);
  auto const name = symbol.substr(0, symbol.find('"'));
  if (removed_.contains(name)) return;
  auto found = heard_.find(name);
  if (found == heard_.end()) found = heard_.emplace(name, IdSpans{}).first;
  (void)found->second.insert(TradeId{number});
}

/// Checks that what is declared did not arrive: except for what found no room, for which the
/// product counts as forgotten.
void Process::check_narrow(sink::DeclaredGap const& gap) {
  constexpr std::uint64_t kMost = 1'000'000;
  auto const text = [&gap] {
    return fmt::format("{} {}..{} is declared", gap.symbol, value(gap.ids.first),
                       value(gap.ids.last));
  };
  if (gap.ids.count() > kMost) throw OracleFailure{"narrow", text()};
  for (TradeId id = gap.ids.first; id <= gap.ids.last; id = next(id)) {
    if (!declared_[gap.symbol].insert(id)) continue;
    if (heard_[gap.symbol].contains(id)) ++heard_and_declared_;
  }
  if (heard_and_declared_ <= shard_->status().counts.forgotten) return;
  throw OracleFailure{"narrow", text() + ", although lines brought ids of it"};
}

/// Throws for an incomplete minute: a world loses nothing of which the sequencer does not know.
void Process::check_minute(flow::MinuteVerdict const& minute) {
  if (minute.result != flow::MinuteResult::kIncomplete) return;
  throw OracleFailure{"incomplete", fmt::format("{} of {} trades of a minute are there, and nobody "
                                                "is looking for the others",
                                                minute.accepted, minute.published)};
}

void Process::follow_with_odd_id(Symbol const& symbol, std::uint64_t id) {
  log_.say(fmt::format("a frame of {} with the odd id {}", symbol.text(), id));
  auto const us = clock_.now().utc.time_since_epoch().count();
  odd_frame_ = fmt::format(
      R"({{"e":"trade","E":{},"s":"{}","t":{},"p":"1","q":"1","T":{},"m":true,"M":true}})", us,
      symbol.text(), id, us);
}

void Process::on_pong(LineId line) {
  book_.pong(line, clock_.now());
  shard_->on_pong(line, clock_.now());
  after_event();
}

void Process::on_batch_end(LineId line) {
  shard_->on_batch_end(line, clock_.now());
  after_event();
}

void Process::on_closed(LineId line, Error const& why,
                        std::optional<std::chrono::seconds> retry_after) {
  book_.ended(line, why);
  shard_->on_line_closed(line, why, retry_after, clock_.now());
  after_event();
}

void Process::after_event() {
  shard::Outbox& outbox = shard_->outbox();
  while (!outbox.empty()) {
    shard::Outbox const done = std::exchange(outbox, {});
    for (feed::FeedAction const& action : done.lines) perform(action);
    for (shard::Fetch const& fetch : done.fetches) perform(fetch);
    for (shard::Note const& one : done.notes) note(one);
  }
  check_bounds();
  arm_timer();
}

void Process::arm_timer() {
  MonoTime const due = shard_->next_deadline();
  if (due >= timer_at_) return;
  timer_at_ = due;
  queue_.at(due, [this, due, life = life_] {
    if (life != life_ || timer_at_ != due) return;
    timer_at_ = MonoTime::max();
    check_spin();
    shard_->tick(clock_.now());
    after_event();
  });
}

/// A deadline that a tick does not move would take a whole processor.
void Process::check_spin() {
  ticks_ = clock_.mono == ticked_at_ ? ticks_ + 1 : 0;
  ticked_at_ = clock_.mono;
  if (ticks_ <= kTicksPerInstantMax) return;
  auto const due = [this](MonoTime at) { return at <= clock_.mono ? "is due" : "waits"; };
  throw OracleFailure{"spin", fmt::format("the shard's next deadline stays where it is: feed {}, "
                                          "continuity {}",
                                          due(shard_->feed().next_deadline()),
                                          due(shard_->continuity().next_deadline()))};
}

void Process::perform(feed::FeedAction const& action) {
  if (auto const* open = std::get_if<feed::OpenLine>(&action)) {
    ++truth_.connects;
    tally_.take(*open);
    book_.opening(open->line, std::to_string(open->endpoint));
    network_.connect(open->line, open->target, *this);
  } else if (auto const* text = std::get_if<feed::SendText>(&action)) {
    network_.send_text(text->line, text->text);
  } else if (auto const* ping = std::get_if<feed::SendPing>(&action)) {
    ++truth_.pings;
    book_.pinged(ping->line, clock_.mono);
    network_.send_ping(ping->line);
  } else if (auto const* close = std::get_if<feed::CloseLine>(&action)) {
    network_.close(close->line);
  } else if (auto const* change = std::get_if<feed::LineChanged>(&action)) {
    tally_.take(*change);
    book_.changed(*change);
    if (change->to == feed::LineState::kDraining) {
      ++truth_.replacements;
      if (change->reason == feed::LineReason::kRotation) ++truth_.rotations;
    }
  }
}

void Process::perform(shard::Fetch const& fetch) {
  rest_.get(fetch.target, [this, wanted = fetch.request, life = life_](auto const& reply) {
    if (life != life_) return;
    shard_->on_rest_reply(wanted, reply, clock_.now());
    after_event();
  });
}

void Process::note(shard::Note const& note) {
  if (auto const* noted = std::get_if<shard::GapNoted>(&note)) {
    ++gap_changes_.at(static_cast<std::size_t>(noted->gap.state));
    log_.say(fmt::format("gap {} {}..{} {}", noted->gap.symbol, value(noted->gap.ids.first),
                         value(noted->gap.ids.last), gap_state_name(noted->gap.state)));
    if (noted->gap.state == GapState::kOpen) check_narrow(noted->gap);
  } else if (auto const* admission = std::get_if<shard::AdmissionChanged>(&note)) {
    log_.say(admission->open ? "accepting again" : "accepting nothing");
  } else if (auto const* hole = std::get_if<flow::HoleChange>(&note)) {
    tally_.take(*hole);
  } else if (auto const* minute = std::get_if<flow::MinuteVerdict>(&note)) {
    check_minute(*minute);
  }
}

void Process::check_bounds() {
  std::size_t const waiting = shard_->continuity().waiting();
  std::size_t const shelved = shard_->continuity().shelved();
  waiting_max_ = std::max(waiting_max_, waiting);
  shelved_max_ = std::max(shelved_max_, shelved);
  if (waiting > options_.continuity.sequencer.waiting_total_max) {
    throw OracleFailure{"memory", fmt::format("{} trades wait", waiting)};
  }
  // Requests that were under way when the shelf became full are still shelved.
  auto const& repair = options_.continuity.backfill;
  if (shelved > repair.shelf_pages_max + repair.in_flight_max) {
    throw OracleFailure{"memory", fmt::format("{} pages wait", shelved)};
  }
}

}  // namespace k2::simulation
