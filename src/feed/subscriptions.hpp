// What is still to be asked of one line: streams to begin and to end, in requests as large as the
// exchange takes and no faster than it allows. A request that is refused, or that nobody answers,
// is sent again. Pure; lives in Seat.
#pragma once

#include "core/symbol.hpp"
#include "core/time.hpp"
#include "feed/limits.hpp"
#include "feed/streams.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace k2::feed {

class Subscriptions {
 public:
  explicit Subscriptions(StreamKind kind) : kind_(kind) {}

  /// The target that begins the first of these streams; the rest is asked for later.
  [[nodiscard]] std::string begin(std::span<Symbol const> symbols);
  void add(Symbol const& symbol);
  void remove(Symbol const& symbol);

  /// The line was upgraded: requests may be sent from a little later on.
  void opened(MonoTime now) noexcept { free_at_ = now + kSubscribeSpacing; }
  /// The request to send now, numbered `id`; nothing when none is due.
  [[nodiscard]] std::optional<std::string> due(MonoTime now, std::uint64_t id);
  /// The exchange answered the request with this number, or refused it: then it is sent again.
  void answered(std::uint64_t id, bool refused, MonoTime now);
  /// When due() has something; max when nothing is left to ask.
  [[nodiscard]] MonoTime next_deadline() const noexcept;
  /// When all streams have been asked for long enough for their data to come.
  [[nodiscard]] std::optional<MonoTime> settled_at() const noexcept;

 private:
  struct Request {
    bool subscribe = true;
    std::vector<Symbol> symbols;
    std::chrono::nanoseconds wait = kReplyWait;
  };
  /// A request that was sent, and when it is sent again.
  struct Sent {
    std::uint64_t id = 0;
    Request request;
    MonoTime again_at;
  };
  void append(bool subscribe, Symbol const& symbol);
  void repeat_overdue(MonoTime now);

  StreamKind kind_;
  std::deque<Request> pending_;
  std::deque<Sent> sent_;
  std::map<Symbol, bool> wanted_;  // of the symbols in requests: is the stream to run?
  MonoTime free_at_{};
};

}  // namespace k2::feed
