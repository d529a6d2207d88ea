#include "core/ws/message_assembler.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <cstring>

namespace k2::ws {

void MessageAssembler::begin(Opcode opcode) {
  K2_ASSERT(!open_);
  if (storage_.size() > kKeptBytesMax) storage_ = {};
  if (storage_.empty()) storage_.resize(kSlackBytes);
  size_ = 0;
  utf8_.reset();
  opcode_ = opcode;
  open_ = true;
}

bool MessageAssembler::append(std::string_view bytes) {
  K2_ASSERT(open_);
  if (bytes.empty()) return true;
  auto const needed = size_ + bytes.size() + kSlackBytes;
  if (needed > storage_.size()) storage_.resize(std::max(needed, storage_.size() * 2));
  std::memcpy(storage_.data() + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
  return opcode_ != Opcode::kText || utf8_.feed(bytes);
}

bool MessageAssembler::finish() noexcept {
  open_ = false;
  return opcode_ != Opcode::kText || utf8_.complete();
}

}  // namespace k2::ws
