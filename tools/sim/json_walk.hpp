// Walks the members of one JSON object in place, without allocation: enough to read recorded frames
// at millions a second. It finds where values begin and end; it does not validate them, since a
// recording is trusted as far as its trades parse. Pure.
#pragma once

#include <string_view>

namespace k2::sim {

/// One `"key":value`; a string's value comes without its quotes, everything else as written.
struct JsonMember {
  std::string_view key;
  std::string_view value;
  bool is_string = false;
};

class JsonWalk {
 public:
  /// The text must begin with the object's brace.
  explicit JsonWalk(std::string_view object) noexcept;

  /// Yields the next member; false at the object's end or where it stops being JSON.
  [[nodiscard]] bool next(JsonMember& member) noexcept;
  /// True when the walk came to the closing brace.
  [[nodiscard]] bool complete() const noexcept { return complete_; }

 private:
  void skip_blanks() noexcept;
  [[nodiscard]] bool take(char expected) noexcept;
  [[nodiscard]] bool take_string(std::string_view& text) noexcept;
  [[nodiscard]] bool take_container() noexcept;

  std::string_view text_;
  std::size_t at_ = 0;
  bool first_ = true;
  bool complete_ = false;
};

}  // namespace k2::sim
