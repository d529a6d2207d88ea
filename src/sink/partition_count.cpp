#include "sink/partition_count.hpp"

#include "sink/partition.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string>

namespace k2::sink {
namespace {

/// Numbers up to this are tried when no journal is registered. Chosen: topics have far fewer
/// partitions, and the trial takes microseconds each.
constexpr std::int32_t kTriedMax = 1'000;

/// A message names this many numbers at most.
constexpr std::size_t kNamedMax = 5;

/// True when the symbol was delivered further in another partition than in its own.
bool is_ahead(PositionBook const& book, std::string const& symbol, MisplacedPosition const& other) {
  auto const own = book.symbols().find(symbol);
  return own == book.symbols().end() || own->second.last < other.last;
}

std::string advice(std::vector<std::int32_t> const& fitting) {
  if (fitting.empty())
    return "no number of partitions fits them all: deliver into another "
           "kafka.topic";
  bool const is_cut = fitting.size() > kNamedMax;
  auto const named = std::min(fitting.size(), kNamedMax);
  return fmt::format(
      "set kafka.partitions to the number that it was first delivered with, which "
      "by the positions is {}{}",
      fmt::join(fitting.begin(), fitting.begin() + static_cast<std::ptrdiff_t>(named), " or "),
      is_cut ? " or another one" : "");
}

}  // namespace

std::vector<std::int32_t> fitting_partition_counts(PositionBook const& book,
                                                   std::int32_t partitions,
                                                   std::int32_t partitions_max) {
  std::map<std::string_view, std::int32_t> places;
  for (auto const& [symbol, position] : book.symbols()) {
    places.emplace(symbol, partition_of(symbol, partitions));
  }
  for (auto const& [symbol, other] : book.misplaced()) {
    if (is_ahead(book, symbol, other)) places.insert_or_assign(symbol, other.partition);
  }
  std::vector<std::int32_t> fitting;
  for (std::int32_t count = 1; count <= partitions_max; ++count) {
    bool const fits = std::ranges::all_of(places, [&](auto const& place) {
      return partition_of(place.first, count) == place.second;
    });
    if (fits) fitting.push_back(count);
  }
  return fitting;
}

Result<void> check_partition_count(PositionBook const& book, std::string_view topic,
                                   std::int32_t partitions) {
  auto const registered = book.registered_partitions();
  if (registered) {
    if (*registered == partitions) return {};
    return Error{
        Errc::kConfigInvalid,
        fmt::format("kafka.partitions is {0}, but the topic {1} was first delivered with "
                    "{2}: set kafka.partitions = {2}, or deliver into another kafka.topic; "
                    "another number moves symbols, and their trades would come twice",
                    partitions, topic, *registered)};
  }
  auto const ahead = std::ranges::find_if(
      book.misplaced(), [&](auto const& one) { return is_ahead(book, one.first, one.second); });
  if (ahead == book.misplaced().end()) return {};
  return Error{
      Errc::kConfigInvalid,
      fmt::format("kafka.partitions is {}, but the topic {} was delivered with another number: the "
                  "position of {} is in partition {}, not in {}; {}",
                  partitions, topic, ahead->first, ahead->second.partition,
                  partition_of(ahead->first, partitions),
                  advice(fitting_partition_counts(book, partitions, kTriedMax)))};
}

}  // namespace k2::sink
