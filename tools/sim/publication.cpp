#include "tools/sim/publication.hpp"

namespace k2::sim {

StreamKind kind_of_stream(std::string_view stream) noexcept {
  auto const at = stream.find('@');
  if (at == std::string_view::npos) return StreamKind::kOther;
  std::string_view const type = stream.substr(at + 1);
  if (type == "trade") return StreamKind::kTrade;
  if (type == "aggTrade") return StreamKind::kAggTrade;
  if (type == "bookTicker") return StreamKind::kBookTicker;
  if (type == "depth" || type.starts_with("depth@")) return StreamKind::kDepth;
  if (type.starts_with("kline_")) return StreamKind::kKline;
  return StreamKind::kOther;
}

}  // namespace k2::sim
