// The subscribers of each stream. Pure; the Exchange owns it, and the sessions in it.
#pragma once

#include "tools/sim/session.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace k2::sim {

class Subscribers {
 public:
  /// Enters a session; once is enough. False when it already has `streams_max` of them.
  [[nodiscard]] bool add(Session& session, std::string const& stream, std::size_t streams_max);
  void remove(Session& session, std::string const& stream);
  void remove_all(Session& session);

  /// The sessions that have subscribed to a stream, in that order.
  [[nodiscard]] std::span<Session* const> of(std::string_view stream) const;
  [[nodiscard]] bool has(std::string_view stream) const { return by_stream_.contains(stream); }
  /// The number of different streams with a subscriber; a name without an @ is none.
  [[nodiscard]] std::size_t stream_count() const noexcept { return stream_count_; }

 private:
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const noexcept {
      return std::hash<std::string_view>{}(name);
    }
  };

  void forget(Session* session, std::string const& stream);

  std::unordered_map<std::string, std::vector<Session*>, NameHash, std::equal_to<>> by_stream_;
  std::size_t stream_count_ = 0;
};

}  // namespace k2::sim
