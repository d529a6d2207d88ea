#include "tools/sim/fault_kind.hpp"

#include <algorithm>
#include <array>

namespace k2::sim {
namespace {

constexpr std::string_view kFrameWords = "for frames probability stream on";

constexpr std::array<FaultKindInfo, 21> kKinds{{
    {"drop", FaultKind::kDrop, FaultScope::kMoment, "how on"},
    {"close", FaultKind::kClose, FaultScope::kMoment, "code reason on"},
    {"server-shutdown", FaultKind::kServerShutdown, FaultScope::kMoment, "lead on"},
    {"lose", FaultKind::kLose, FaultScope::kFrames, kFrameWords},
    {"duplicate", FaultKind::kDuplicate, FaultScope::kFrames, kFrameWords},
    {"reorder", FaultKind::kReorder, FaultScope::kFrames, kFrameWords},
    {"bad-json", FaultKind::kBadJson, FaultScope::kFrames, kFrameWords},
    {"oversize", FaultKind::kOversize, FaultScope::kFrames,
     "for frames probability stream on bytes"},
    {"mute", FaultKind::kMute, FaultScope::kConnections, "for stream on"},
    {"half-open", FaultKind::kHalfOpen, FaultScope::kConnections, "for on"},
    {"black-hole", FaultKind::kBlackHole, FaultScope::kConnections, "for on"},
    {"slow-bytes", FaultKind::kSlowBytes, FaultScope::kConnections, "for on rate"},
    {"late-data", FaultKind::kLateData, FaultScope::kCondition, "for probability stream delay"},
    {"bad-certificate", FaultKind::kBadCertificate, FaultScope::kCondition, "for probability kind"},
    {"refuse", FaultKind::kRefuse, FaultScope::kCondition, "for probability status retry-after"},
    {"rest-down", FaultKind::kRestDown, FaultScope::kCondition,
     "for probability status retry-after delay"},
    {"rest-lag", FaultKind::kRestLag, FaultScope::kCondition, "for lag"},
    {"id-gap", FaultKind::kIdGap, FaultScope::kMoment, "ids symbols"},
    {"clock-skew", FaultKind::kClockSkew, FaultScope::kCondition, "for by"},
    {"halt", FaultKind::kHalt, FaultScope::kCondition, "for symbols"},
    {"random", FaultKind::kRandom, FaultScope::kMoment, "kinds"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i].kind != static_cast<FaultKind>(i)) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

std::span<FaultKindInfo const> fault_kinds() noexcept {
  return kKinds;
}

FaultKindInfo const& info_of(FaultKind kind) noexcept {
  return kKinds[static_cast<std::size_t>(kind)];
}

std::optional<FaultKind> find_fault_kind(std::string_view name) noexcept {
  auto const* const found = std::ranges::find(kKinds, name, &FaultKindInfo::name);
  if (found == kKinds.end()) return std::nullopt;
  return found->kind;
}

bool has_word(std::string_view list, std::string_view word) noexcept {
  while (!list.empty()) {
    auto const end = list.find(' ');
    if (list.substr(0, end) == word) return true;
    list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
  }
  return false;
}

}  // namespace k2::sim
