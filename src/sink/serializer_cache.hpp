// A cache of the schema ids that precede each record, as the five bytes of the registry's framing.
// One entry per subject, within a bound: the least recently used subject is removed first. Used by
// one thread: no lock, and a hit allocates nothing.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace k2::sink {

/// Source: Confluent's wire format: a zero byte, the schema id big-endian, the datum.
struct Serializer {
  std::int32_t schema_id = 0;
  std::array<char, 5> header{};

  explicit Serializer(std::int32_t id) noexcept;
  /// Replaces `out` by the framed datum.
  void frame(std::string_view datum, std::string& out) const;
};

/// The datum of a framed record; empty when it has no such frame.
[[nodiscard]] std::string_view unframe(std::string_view framed) noexcept;

class SerializerCache {
 public:
  /// At most `size_max` subjects (at least 1).
  explicit SerializerCache(std::size_t size_max);

  /// The subject's serializer, now the most recently used; nullptr when it is not held. Valid until
  /// the next insert().
  [[nodiscard]] Serializer const* find(std::string_view subject);
  /// Holds a serializer for the subject, in place of an older one; evicts when full.
  Serializer const& insert(std::string_view subject, std::int32_t schema_id);

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] std::uint64_t evictions() const noexcept { return evictions_; }

 private:
  struct Entry {
    std::string subject;
    Serializer serializer;
  };

  std::size_t size_max_;
  std::list<Entry> entries_;  // the most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_subject_;
  std::uint64_t evictions_ = 0;
};

}  // namespace k2::sink
