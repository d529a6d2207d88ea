// The pending subscription requests of one connection: streams to subscribe and to unsubscribe, in
// requests as large as the exchange accepts and no faster than it allows. A request that is refused
// or not answered is sent again. Pure; lives in Seat.
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

  /// Returns the target that subscribes to the first of these streams; the rest is requested later.
  [[nodiscard]] std::string begin(std::span<Symbol const> symbols);
  void add(Symbol const& symbol);
  void remove(Symbol const& symbol);

  /// The line was upgraded: requests may be sent from a little later on.
  void opened(MonoTime now) noexcept { free_at_ = now + kSubscribeSpacing; }
  /// The request to send now, numbered `id`; nothing when none is due.
  [[nodiscard]] std::optional<std::string> due(MonoTime now, std::uint64_t id);
  /// The exchange answered the request with this number, or refused it: then it is sent again.
  void answered(std::uint64_t id, bool refused, MonoTime now);
  /// The time at which due() has something; max when nothing is left to request.
  [[nodiscard]] MonoTime next_deadline() const noexcept;
  /// The time at which all streams have been requested for long enough for their data to arrive.
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
