#include "feed/frame_kind.hpp"

namespace k2::feed {

std::string_view frame_kind_name(FrameKind kind) noexcept {
  switch (kind) {
    case FrameKind::kTrade:
      return "trade";
    case FrameKind::kKline:
      return "kline";
    case FrameKind::kServerShutdown:
      return "server_shutdown";
    case FrameKind::kReply:
      return "reply";
    case FrameKind::kReplyError:
      return "reply_error";
    case FrameKind::kOtherEvent:
      return "other_event";
    case FrameKind::kUnknownSymbol:
      return "unknown_symbol";
    case FrameKind::kBadTrade:
      return "bad_trade";
    case FrameKind::kBadKline:
      return "bad_kline";
    case FrameKind::kNotJson:
      return "not_json";
  }
  return "unknown";
}

}  // namespace k2::feed
