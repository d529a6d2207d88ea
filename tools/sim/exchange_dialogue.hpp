// A dialogue with the exchange by hand: events of a client or the clock go in, the exchange's
// actions come out. For the exchange's tests.
#pragma once

#include "tools/sim/exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::sim {

inline constexpr SessionId kAnna{1};
inline constexpr SessionId kBert{2};
inline constexpr std::string_view kTrade =
    R"({"e":"trade","E":1672515782136,"s":"BNBBTC","t":12345,"p":"0.001","q":"100",)"
    R"("T":1672515782130,"m":true,"M":true})";

inline Now at(std::chrono::nanoseconds since) {
  return {MonoTime{since}, UtcTime{std::chrono::seconds{1'700'000'000}} +
                               std::chrono::floor<std::chrono::microseconds>(since)};
}

inline Publication trade_on(std::string_view stream) {
  Publication publication;
  publication.kind = StreamKind::kTrade;
  publication.stream = stream;
  publication.data = kTrade;
  return publication;
}

class ExchangeDialogue : public testing::Test {
 protected:
  explicit ExchangeDialogue(std::vector<FaultSpec> const& specs = {}) : faults_(specs, 1) {
    faults_.start(MonoTime{});
  }

  Actions open(SessionId id, std::string_view target, Now now = at(std::chrono::seconds{0})) {
    Actions actions;
    exchange_.opened(id, parse_stream_target(target).value(), now, actions);
    return actions;
  }
  Actions text(SessionId id, std::string_view message, Now now) {
    Actions actions;
    exchange_.text_received(id, message, now, actions);
    return actions;
  }
  Actions publish(std::string_view stream, Now now = at(std::chrono::seconds{1})) {
    Actions actions;
    exchange_.publish(trade_on(stream), now, actions);
    return actions;
  }
  Actions tick(Now now) {
    Actions actions;
    exchange_.tick(now, actions);
    return actions;
  }

  // Lets the faults that are due begin and end.
  Actions advance(Now now) {
    std::vector<FaultEvent> events;
    faults_.advance(now.mono, 0, exchange_.session_ids(), events);
    Actions actions;
    for (FaultEvent const& event : events) {
      if (event.began) {
        exchange_.fault_began(event, now, actions);
      } else {
        exchange_.fault_ended(event, actions);
      }
    }
    return actions;
  }

  Faults faults_;
  Exchange exchange_{ExchangeLimits{}, faults_};
};

}  // namespace k2::sim
