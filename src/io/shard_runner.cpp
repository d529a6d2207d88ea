#include "io/shard_runner.hpp"

#include "feed/rest_reader.hpp"
#include "feed/rest_requests.hpp"
#include "io/clock.hpp"
#include "io/log.hpp"
#include "io/shard_log.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace k2::io {
namespace {

shard::ShardOptions shard_options(ShardRunnerOptions const& options) {
  shard::ShardOptions made = options.shard;
  made.feed.endpoints = options.stream_endpoints.size();
  return made;
}

HttpsClientOptions with_time_unit(HttpsClientOptions options) {
  options.headers.emplace_back(feed::kTimeUnitHeader);
  return options;
}

Result<shard::RestReply> rest_reply(Result<HttpReply> reply) {
  if (!reply) return reply.error();
  return shard::RestReply{.status = reply->status,
                          .body = std::move(reply->body),
                          .used_weight = reply->used_weight,
                          .retry_after = reply->retry_after};
}

}  // namespace

ShardRunner::ShardRunner(boost::asio::io_context& io, ShardRunnerOptions options,
                         sink::BatchDoor& journal)
    : io_(io),
      stream_endpoints_(options.stream_endpoints),
      tls_(TlsClient::make(options.tls).value()),
      proxy_(options.proxy),
      rng_(options.seed),
      shard_(shard_options(options), journal, Rng{rng_.next()}, read_clock().mono),
      rest_(io, with_time_unit(options.rest)),
      timer_(io) {}

ShardRunner::~ShardRunner() {
  for (auto const& [id, line] : lines_) line->close();
}

void ShardRunner::start() {
  on_timer();
}

void ShardRunner::carry(std::vector<shard::ShardSymbol> symbols) {
  if (stopped_) return;
  shard_.carry(std::move(symbols), read_clock());
  after_event();
}

Result<sink::TapeRestart> ShardRunner::restart_tape(Symbol const& symbol,
                                                    std::optional<TradeId> first) {
  if (stopped_) return Error{Errc::kBusy, "the stream is stopping"};
  auto restart = shard_.restart_tape(symbol, first, read_clock());
  after_event();
  return restart;
}

void ShardRunner::reopen(std::span<sink::SymbolIds const> lost) {
  if (stopped_) return;
  for (sink::SymbolIds const& one : lost) shard_.reopen(one, read_clock());
  after_event();
}

void ShardRunner::set_weight_limit(std::uint64_t per_minute) {
  shard_.set_weight_limit(static_cast<std::uint32_t>(
      std::min<std::uint64_t>(per_minute, std::numeric_limits<std::uint32_t>::max())));
}

void ShardRunner::rotate() {
  if (stopped_) return;
  shard_.rotate(read_clock());
  after_event();
}

bool ShardRunner::stop() {
  if (!stopped_) {
    stopped_ = true;
    timer_.cancel();
    for (auto const& [id, line] : lines_) line->close();
    lines_.clear();
  }
  return shard_.flush();
}

void ShardRunner::on_timer() {
  timer_at_ = MonoTime::max();
  shard_.tick(read_clock());
  after_event();
}

void ShardRunner::after_event() {
  shard::Outbox& outbox = shard_.outbox();
  // Doing one thing may bring events, and with them more to do.
  while (!outbox.empty()) {
    shard::Outbox const done = std::exchange(outbox, {});
    for (feed::FeedAction const& action : done.lines) {
      std::visit([this](auto const& one) { perform(one); }, action);
    }
    for (shard::Fetch const& fetch : done.fetches) perform(fetch);
    for (shard::Note const& note : done.notes) take_note(note);
  }
  arm_timer();
}

void ShardRunner::arm_timer() {
  if (stopped_) return;
  MonoTime const due = shard_.next_deadline();
  if (due >= timer_at_) return;
  timer_at_ = due;
  timer_.expires_at(to_steady(due));
  timer_.async_wait([this](boost::system::error_code const& error) {
    if (!error && !stopped_) on_timer();
  });
}

WsLine::Handlers ShardRunner::handlers_of(LineId id) {
  return {
      .on_open =
          [this, id] {
            log_event(LogLevel::kInfo, "connection.upgraded",
                      {{"connection", value(id)}, {"peer", lines_.at(id)->description()}});
            shard_.on_line_opened(id, read_clock());
            after_event();
          },
      .on_text =
          [this, id](std::string_view frame, Now const& received) {
            received_bytes_ += frame.size();
            shard_.on_text(id, frame, received);
          },
      .on_pong =
          [this, id] {
            book_.pong(id, read_clock());
            log_pong(id, book_.round_trip());
            shard_.on_pong(id, read_clock());
            after_event();
          },
      .on_batch_end =
          [this, id](Now const&) {
            // What was accepted was accepted by now.
            shard_.on_batch_end(id, read_clock());
            after_event();
          },
      .on_close =
          [this, id](Error const& why, std::optional<std::chrono::seconds> retry_after) {
            lines_.erase(id);
            log_rejected_certificate(book_.endpoint(id), why);
            book_.ended(id, why);
            shard_.on_line_closed(id, why, retry_after, read_clock());
            after_event();
          },
  };
}

void ShardRunner::perform(feed::OpenLine const& action) {
  feed::Endpoint const& endpoint = stream_endpoints_[action.endpoint];
  log_opening(action, endpoint);
  book_.opening(action.line, endpoint.to_string());
  lines_[action.line] =
      WsLine::open(io_, endpoint, action.target, tls_.context(),
                   std::chrono::duration_cast<std::chrono::milliseconds>(feed::kConnectTimeout),
                   Rng{rng_.next()}, handlers_of(action.line), proxy_, addresses_);
}

void ShardRunner::perform(feed::SendText const& action) {
  if (auto const found = lines_.find(action.line); found != lines_.end()) {
    found->second->send_text(action.text);
  }
}

void ShardRunner::perform(feed::SendPing const& action) {
  if (auto const found = lines_.find(action.line); found != lines_.end()) {
    book_.pinged(action.line, read_clock().mono);
    found->second->send_ping();
    log_ping(action.line);
  }
}

void ShardRunner::perform(feed::CloseLine const& action) {
  auto const found = lines_.find(action.line);
  if (found == lines_.end()) return;
  found->second->close();
  lines_.erase(found);
}

void ShardRunner::perform(feed::LineChanged const& action) {
  log_line_change(action);
  book_.changed(action);
}

void ShardRunner::take_note(shard::Note const& note) {
  log_note(note, shard_);
  if (auto const* noted = std::get_if<shard::GapNoted>(&note)) {
    ++gap_changes_.at(static_cast<std::size_t>(noted->gap.state));
  }
}

void ShardRunner::measure_clock() {
  Now const sent = read_clock();
  if (shard_.continuity().budget().blocked(sent.mono)) return;  // the exchange demands a pause
  rest_.get(std::string{feed::kServerTimeTarget}, [this, sent](Result<HttpReply> const& reply) {
    if (stopped_ || !reply || reply->status != 200) return;
    auto const theirs = feed::RestReader{}.server_time(reply->body);
    if (!theirs) return;
    // The exchange read its clock about half way.
    auto const half = (read_clock().mono - sent.mono) / 2;
    clock_offset_ = *theirs - sent.utc - std::chrono::floor<std::chrono::microseconds>(half);
    shard_.set_clock_offset(*clock_offset_);
  });
}

void ShardRunner::perform(shard::Fetch fetch) {
  rest_.get(std::move(fetch.target), [this, wanted = fetch.request](Result<HttpReply> reply) {
    if (stopped_) return;
    shard_.on_rest_reply(wanted, rest_reply(std::move(reply)), read_clock());
    after_event();
  });
}

}  // namespace k2::io
