#include "tools/sim/random_fault.hpp"

#include "core/assert.hpp"

#include <initializer_list>
#include <string>

namespace k2::sim {
namespace {

std::string_view one_of(Rng& rng, std::initializer_list<std::string_view> choices) {
  return choices.begin()[rng.below(choices.size())];
}

std::string between(Rng& rng, std::uint64_t least, std::uint64_t most) {
  return std::to_string(least + rng.below(most - least + 1));
}

// A span of whole milliseconds.
std::string span(Rng& rng, std::uint64_t least_ms, std::uint64_t most_ms) {
  return between(rng, least_ms, most_ms) + "ms";
}

std::string lasting(Rng& rng, std::uint64_t least_ms, std::uint64_t most_ms) {
  return " for=" + span(rng, least_ms, most_ms);
}

// Draws the target: most faults hit one connection, some all of them.
std::string_view on(Rng& rng) {
  return rng.chance(0.7) ? " on=one" : " on=all";
}

// Calls in a chain are made from left to right, so the same seed gives the same text everywhere.
void append_details_of_connections(FaultKind kind, Rng& rng, std::string& text) {
  switch (kind) {
    case FaultKind::kDrop:
      text.append(one_of(rng, {" how=rst", " how=fin"})).append(on(rng));
      return;
    case FaultKind::kClose:
      text.append(one_of(rng, {" code=1000", " code=1001", " code=1006",
                               " code=1008 reason=Pong_timeout", " code=1011", " code=1012"}))
          .append(on(rng));
      return;
    case FaultKind::kServerShutdown:
      text.append(" lead=").append(span(rng, 0, 20'000)).append(on(rng));
      return;
    case FaultKind::kMute:
    case FaultKind::kHalfOpen:
      text.append(on(rng));
      return;
    case FaultKind::kBlackHole:
      text.append(lasting(rng, 500, 20'000)).append(on(rng));
      return;
    case FaultKind::kSlowBytes:
      text.append(" rate=").append(between(rng, 10, 2'000));
      text.append(lasting(rng, 1'000, 20'000)).append(on(rng));
      return;
    default:
      return;
  }
}

void append_details_of_conditions(FaultKind kind, Rng& rng, std::string& text) {
  switch (kind) {
    case FaultKind::kLateData:
      text.append(" delay=").append(span(rng, 500, 10'000)).append(lasting(rng, 5'000, 30'000));
      return;
    case FaultKind::kBadCertificate:
      text.append(" kind=")
          .append(one_of(rng, {"expired", "not-yet-valid", "wrong-host", "self-signed",
                               "unknown-ca", "old-tls"}))
          .append(lasting(rng, 1'000, 10'000));
      return;
    case FaultKind::kRefuse:
      text.append(one_of(rng, {" status=429 retry-after=1s", " status=403",
                               " status=418 retry-after=2s", " status=503"}))
          .append(lasting(rng, 500, 5'000));
      return;
    case FaultKind::kRestDown:
      text.append(one_of(rng, {"", " status=503", " status=429 retry-after=1s", " delay=2s",
                               " probability=0.5"}))
          .append(lasting(rng, 500, 10'000));
      return;
    case FaultKind::kRestLag:
      text.append(" lag=").append(span(rng, 200, 5'000)).append(lasting(rng, 2'000, 30'000));
      return;
    case FaultKind::kIdGap:
      text.append(" ids=").append(between(rng, 1, 50));
      return;
    case FaultKind::kClockSkew:
      text.append(one_of(rng, {" by=", " by=-"})).append(span(rng, 100, 5'000));
      text.append(lasting(rng, 1'000, 30'000));
      return;
    case FaultKind::kHalt:
      text.append(lasting(rng, 500, 10'000));
      return;
    default:
      return;
  }
}

}  // namespace

FaultSpec random_fault(FaultKind kind, Rng& rng) {
  FaultKindInfo const& info = info_of(kind);
  std::string text{info.name};
  if (info.scope == FaultScope::kFrames) {
    text += rng.chance(0.5) ? " frames=" + between(rng, 1, 200)
                            : " probability=0.1" + lasting(rng, 500, 5'000);
    if (rng.chance(0.5)) text += " on=one";
  } else {
    append_details_of_connections(kind, rng, text);
    append_details_of_conditions(kind, rng, text);
  }
  auto spec = parse_fault(text);
  K2_ASSERT(spec.has_value());
  return std::move(*spec);
}

}  // namespace k2::sim
