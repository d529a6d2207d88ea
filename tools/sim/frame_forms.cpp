#include "tools/sim/frame_forms.hpp"

#include "tools/sim/frame_text.hpp"

#include <algorithm>
#include <utility>

namespace k2::sim {

void FrameForms::begin(Publication const& publication) {
  publication_ = publication;
  made_.fill(false);
}

std::string_view FrameForms::of(Session const& session) {
  std::size_t const at =
      (session.combined ? 2U : 0U) + (session.unit == TimeUnit::kMicrosecond ? 1U : 0U);
  std::string& frame = frames_[at];
  if (std::exchange(made_[at], true)) return frame;
  frame.clear();
  if (session.combined) {
    frame.append(R"({"stream":")").append(publication_.stream).append(R"(","data":)");
  }
  if (publication_.unit == session.unit) {
    frame.append(publication_.data);
  } else {
    append_rewritten(publication_.data, publication_.kind, NumberShift{}, session.unit, frame);
  }
  if (session.combined) frame.push_back('}');
  return frame;
}

std::string broken(std::string_view frame) {
  std::size_t size = frame.size() / 2;
  auto const inside_character = [&] {
    return (static_cast<unsigned char>(frame[size]) & 0xC0U) == 0x80U;
  };
  while (size > 0 && inside_character()) --size;
  return std::string{frame.substr(0, size)};
}

std::string blown_up(std::string_view frame, std::size_t bytes) {
  std::string text{frame};
  text.resize(std::max(bytes, frame.size()), ' ');
  return text;
}

std::string shutdown_frame(Session const& session, UtcTime now) {
  std::string event{R"({"e":"serverShutdown","E":)"};
  append_time(now, session.unit, event);
  event.push_back('}');
  if (!session.combined) return event;
  return R"({"stream":"!serverShutdown","data":)" + event + "}";
}

}  // namespace k2::sim
