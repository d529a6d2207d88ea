#include "tests/simulation/kafka/positions_reader.hpp"

#include <algorithm>
#include <utility>

namespace k2::simulation::kafka {

using sink::PositionRead;
using sink::Progress;

namespace {

/// Time limit for finding the topic. Source: io/kafka_reader.
constexpr milliseconds kTopicPatience{10'000};

}  // namespace

PositionsReader::PositionsReader(int process, Network& network, Cluster& cluster, Rng rng)
    : network_(network),
      cluster_(cluster),
      client_(process, network, cluster, rng),
      give_up_at_(network.now() + kTopicPatience) {}

Result<Progress> PositionsReader::look_up(std::vector<Place> places, bool read_committed) {
  for (Place const place : places) {
    if (cluster_.exists(place)) continue;
    lookup_.reset();
    return Error{Errc::kKafkaFailed, "reading the ends of topics: UNKNOWN_TOPIC_OR_PARTITION"};
  }
  if (!lookup_ || lookup_->places != places || lookup_->read_committed != read_committed) {
    lookup_ = std::make_shared<Lookup>();
    lookup_->places = std::move(places);
    lookup_->read_committed = read_committed;
    for (Place const place : lookup_->places) {
      client_.call(Client::leader_of(place),
                   {.api = Api::kListOffsets, .read_committed = read_committed, .places = {place}},
                   [asked = lookup_, place](Response const& response) {
                     asked->failed = asked->failed || response.error != ErrorCode::kNone;
                     if (!asked->failed) asked->offsets[place] = response.offsets.front();
                   });
    }
  }
  if (lookup_->failed) {
    lookup_.reset();
    return Error{Errc::kKafkaFailed, "reading the ends of topics: UNKNOWN_SERVER_ERROR"};
  }
  return lookup_->offsets.size() < lookup_->places.size() ? Progress::kPending : Progress::kDone;
}

Result<Progress> PositionsReader::open(std::set<std::int32_t> const& partitions,
                                       sink::ReadEnd end) {
  std::vector<Place> places;
  for (auto const partition : partitions) places.push_back({kPositions, partition});
  auto const found = look_up(std::move(places), end == sink::ReadEnd::kLastStable);
  // A topic that moves to another broker is queried again.
  if (!found && network_.now() < give_up_at_) return Progress::kPending;
  if (!found || *found == Progress::kPending) return found;
  for (auto const& [place, offset] : lookup_->offsets) {
    Partition& partition = partitions_[place.partition];
    partition.end = partition.first_end = static_cast<PartitionLog::Offset>(offset);
    auto const& compacted = cluster_.compacted(place);
    partition.next = std::min(compacted.end, partition.end);
    if (compacted.end > partition.end) continue;
    for (auto const& [key, value] : compacted.values) {
      ready_.push_back({place.partition, key, value});
    }
  }
  lookup_.reset();
  open_ = true;
  return Progress::kDone;
}

Result<Progress> PositionsReader::find_offsets(std::span<sink::TopicPlace> places,
                                               bool read_committed) {
  std::vector<Place> wanted;
  for (auto const& place : places) {
    wanted.push_back({static_cast<int>(place.topic), place.partition});
  }
  auto const found = look_up(std::move(wanted), read_committed);
  if (!found || *found == Progress::kPending) return found;
  for (auto& place : places) {
    place.offset = lookup_->offsets.at({static_cast<int>(place.topic), place.partition});
  }
  lookup_.reset();
  return Progress::kDone;
}

void PositionsReader::fetch(std::int32_t number, Partition& partition) {
  partition.fetching = true;
  client_.call(Client::leader_of({kPositions, number}),
               {.api = Api::kFetch, .read_committed = true, .places = {{kPositions, number}}},
               [this, number](Response const& response) {
                 Partition& fetched = partitions_[number];
                 fetched.fetching = false;
                 failed_ = failed_ || response.error != ErrorCode::kNone;
                 if (failed_) return;
                 fetched.stable = static_cast<PartitionLog::Offset>(response.offsets.front());
                 take(number, fetched);
               });
}

void PositionsReader::take(std::int32_t number, Partition& partition) {
  Place const place{kPositions, number};
  failed_ = failed_ || !cluster_.exists(place);
  PartitionLog const& log = cluster_.log(place);
  // After an unclean election the log may be shorter than it was.
  auto const until = std::min({*partition.stable, partition.end, log.last_stable()});
  for (; partition.next < until; ++partition.next) {
    if (!log.is_visible(partition.next)) continue;
    auto const& entry = log.at(partition.next);
    ready_.push_back({number, entry.key, entry.value});
  }
  if (partition.end > log.high_watermark()) partition.end = partition.next;
}

Result<PositionRead> PositionsReader::read(sink::PositionRecord& out) {
  failed_ = failed_ || !cluster_.exists({kPositions, 0});
  if (failed_) return Error{Errc::kKafkaFailed, "reading the positions: the topic cannot be read"};
  if (!ready_.empty()) {
    current_ = std::move(ready_.front());
    ready_.pop_front();
    out = {.partition = current_.partition, .key = current_.key, .value = current_.value};
    return PositionRead::kRecord;
  }
  bool is_done = true;
  bool is_fetching = false;
  for (auto& [number, partition] : partitions_) {
    if (partition.next >= partition.end) continue;
    is_done = false;
    // What the last answer left unread is behind an open transaction.
    bool const is_behind = partition.stable && *partition.stable <= partition.next;
    if (!is_behind) is_fetching = true;
    if (!partition.fetching) fetch(number, partition);
  }
  if (is_done) return PositionRead::kEnd;
  return is_fetching ? PositionRead::kNothingYet : PositionRead::kPendingTransactions;
}

}  // namespace k2::simulation::kafka
