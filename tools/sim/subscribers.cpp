#include "tools/sim/subscribers.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <utility>

namespace k2::sim {
namespace {

// Clients put other things in a name's place, too, as in /ws/0.
bool is_stream(std::string_view name) {
  return name.find('@') != std::string_view::npos;
}

}  // namespace

bool Subscribers::add(Session& session, std::string const& stream, std::size_t streams_max) {
  if (std::ranges::find(session.streams, stream) != session.streams.end()) return true;
  if (session.streams.size() >= streams_max) return false;
  session.streams.push_back(stream);
  auto& sessions = by_stream_[stream];
  if (sessions.empty() && is_stream(stream)) ++stream_count_;
  sessions.push_back(&session);
  return true;
}

void Subscribers::remove(Session& session, std::string const& stream) {
  if (std::erase(session.streams, stream) > 0) forget(&session, stream);
}

void Subscribers::remove_all(Session& session) {
  auto const streams = std::exchange(session.streams, {});
  for (std::string const& stream : streams) forget(&session, stream);
}

std::span<Session* const> Subscribers::of(std::string_view stream) const {
  auto const found = by_stream_.find(stream);
  if (found == by_stream_.end()) return {};
  return found->second;
}

void Subscribers::forget(Session* session, std::string const& stream) {
  auto const found = by_stream_.find(stream);
  K2_ASSERT(found != by_stream_.end());
  std::erase(found->second, session);
  if (!found->second.empty()) return;
  by_stream_.erase(found);
  if (is_stream(stream)) --stream_count_;
}

}  // namespace k2::sim
