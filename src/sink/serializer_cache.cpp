#include "sink/serializer_cache.hpp"

#include "core/assert.hpp"

namespace k2::sink {

Serializer::Serializer(std::int32_t id) noexcept : schema_id(id) {
  auto const bits = static_cast<std::uint32_t>(id);
  for (std::size_t at = 0; at < 4; ++at) {
    header[at + 1] = static_cast<char>(bits >> (24 - 8 * at) & 0xff);
  }
}

void Serializer::frame(std::string_view datum, std::string& out) const {
  out.assign(header.data(), header.size());
  out.append(datum);
}

std::string_view unframe(std::string_view framed) noexcept {
  constexpr std::size_t kHeaderBytes = sizeof(Serializer::header);
  if (framed.size() < kHeaderBytes || framed.front() != '\0') return {};
  return framed.substr(kHeaderBytes);
}

SerializerCache::SerializerCache(std::size_t size_max) : size_max_(size_max) {
  K2_ASSERT(size_max_ > 0);
}

Serializer const* SerializerCache::find(std::string_view subject) {
  auto const found = by_subject_.find(subject);
  if (found == by_subject_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &found->second->serializer;
}

Serializer const& SerializerCache::insert(std::string_view subject, std::int32_t schema_id) {
  if (find(subject) != nullptr) {
    entries_.front().serializer = Serializer{schema_id};
    return entries_.front().serializer;
  }
  if (entries_.size() == size_max_) {
    by_subject_.erase(entries_.back().subject);
    entries_.pop_back();
    ++evictions_;
  }
  entries_.push_front({std::string{subject}, Serializer{schema_id}});
  by_subject_.emplace(entries_.front().subject, entries_.begin());
  return entries_.front().serializer;
}

}  // namespace k2::sink
