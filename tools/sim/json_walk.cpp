#include "tools/sim/json_walk.hpp"

namespace k2::sim {

JsonWalk::JsonWalk(std::string_view object) noexcept : text_(object) {}

bool JsonWalk::next(JsonMember& member) noexcept {
  if (complete_) return false;
  if (first_ && !take('{')) return false;
  skip_blanks();
  if (take('}')) {
    complete_ = true;
    return false;
  }
  if (!first_ && !take(',')) return false;
  first_ = false;
  if (!take_string(member.key) || !take(':')) return false;
  skip_blanks();
  if (at_ >= text_.size()) return false;
  member.is_string = text_[at_] == '"';
  if (member.is_string) return take_string(member.value);
  std::size_t const begin = at_;
  if (text_[at_] == '{' || text_[at_] == '[') {
    if (!take_container()) return false;
  } else {
    while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '}' && text_[at_] != ' ') ++at_;
  }
  member.value = text_.substr(begin, at_ - begin);
  return !member.value.empty();
}

void JsonWalk::skip_blanks() noexcept {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
}

bool JsonWalk::take(char expected) noexcept {
  skip_blanks();
  if (at_ >= text_.size() || text_[at_] != expected) return false;
  ++at_;
  return true;
}

bool JsonWalk::take_string(std::string_view& text) noexcept {
  if (!take('"')) return false;
  std::size_t const begin = at_;
  while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
  if (at_ >= text_.size()) return false;
  text = text_.substr(begin, at_ - begin);
  ++at_;
  return true;
}

bool JsonWalk::take_container() noexcept {
  int depth = 0;
  while (at_ < text_.size()) {
    char const c = text_[at_];
    if (c == '"') {
      std::string_view ignored;
      if (!take_string(ignored)) return false;
      continue;
    }
    ++at_;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return true;
  }
  return false;
}

}  // namespace k2::sim
