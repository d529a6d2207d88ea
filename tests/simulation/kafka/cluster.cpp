#include "tests/simulation/kafka/cluster.hpp"

#include "tests/simulation/kafka/severity.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace k2::simulation::kafka {

std::string offsets_value(std::vector<std::int32_t> const& partitions) {
  std::string value;
  for (auto const partition : partitions) value += static_cast<char>('a' + partition);
  return value;
}

Cluster::Cluster(ClusterOptions options, Network& network, Rng rng)
    : options_(options),
      network_(network),
      rng_(rng),
      transactions_(
          network,
          [this](Place place, std::int64_t producer, std::int32_t epoch, bool commit,
                 std::function<void(ErrorCode)> done) {
            write_marker(place, producer, epoch, commit, std::move(done));
          },
          Rng{rng_.next()}),
      group_(options.partitions, Rng{rng_.next()}) {
  for (int topic = 0; topic < kOffsets; ++topic) create_topic(topic, options_.partitions);
  create(kGroupPlace);
}

void Cluster::create(Place place) {
  Partition& partition = at(place);
  partition.exists = true;
  partition.log = {};
  partition.leader = static_cast<int>(place.index()) % kBrokers;
  ++partition.leaders;
  for (int broker = 0; broker < kBrokers; ++broker) {
    if (!is_away(broker)) partition.in_sync.insert(broker);
  }
  if (!partition.in_sync.contains(partition.leader)) elect(place);
}

void Cluster::create_topic(int topic, std::int32_t partitions) {
  for (std::int32_t partition = 0; partition < partitions; ++partition) create({topic, partition});
}

void Cluster::add_partitions(int topic, std::int32_t partitions) {
  for (auto partition = this->partitions(topic); partition < partitions; ++partition) {
    create({topic, partition});
  }
  if (topic == kPositions) group_.set_partitions(partitions);
}

/// Deletes a topic: records that a reader could not see yet are lost without a trace.
void Cluster::delete_topic(int topic) {
  for (std::int32_t partition = 0; partition < kPartitionsMax; ++partition) {
    Partition& gone = at({topic, partition});
    if (!gone.exists) continue;
    gone.exists = false;
    gone.leader = -1;
    ++gone.leaders;
    gone.in_sync.clear();
    auto const stable = gone.log.last_stable();
    auto entries = gone.log.elect(0);
    entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(stable));
    if (!entries.empty()) lost_.push_back({{topic, partition}, std::move(entries)});
    gone.log = {};
  }
}

std::int32_t Cluster::partitions(int topic) const {
  std::int32_t count = 0;
  while (count < kPartitionsMax && exists({topic, count})) ++count;
  return count;
}

bool Cluster::is_used(int topic) const {
  for (std::int32_t partition = 0; partition < kPartitionsMax; ++partition) {
    if (log({topic, partition}).end() > 0) return true;
  }
  return false;
}

ClusterView Cluster::view() const {
  ClusterView view;
  for (std::size_t place = 0; place < kPlaces; ++place) {
    view.leaders[place] = static_cast<std::int8_t>(partitions_[place].leader);
  }
  for (int topic = 0; topic < kTopics; ++topic) {
    view.has_topic[static_cast<std::size_t>(topic)] = exists({topic, 0});
  }
  for (std::size_t slot = 0; slot < TransactionCoordinator::kSlots; ++slot) {
    view.transaction_coordinators[slot] = static_cast<std::int8_t>(transactions_.leader(slot));
  }
  return view;
}

void Cluster::tick(MonoTime now) {
  transactions_.tick(now);
  group_.tick(now, group_answers());
  if (now >= look_at_) look_for_hanging();
}

void Cluster::look_for_hanging() {
  MonoTime const now = network_.now();
  look_at_ = now + milliseconds{250};
  for_each_place([&](Place place) {
    log(place).visit_open([&](PartitionLog::Entry const& first) {
      bool const hangs = !transactions_.will_end(first.producer, place);
      if (hangs || now - first.appended >= kLongOpen) last_hanging_ = now;
    });
  });
}

bool Cluster::group_answers() const {
  int const leader = partitions_[kGroupPlace.index()].leader;
  return leader >= 0 && !is_away(leader) && network_.now() >= group_loaded_at_;
}

void Cluster::handle(int broker, Request const& request, Reply const& reply) {
  if (errors_ > 0 && rng_.chance(errors_) && inject(request, reply)) return;
  switch (request.api) {
    case Api::kProduce:
      return produce(broker, request, reply);
    case Api::kListOffsets:
    case Api::kFetch:
      return list_offsets(broker, request, reply);
    case Api::kInitProducerId:
    case Api::kAddPartitionsToTxn:
    case Api::kAddOffsetsToTxn:
    case Api::kEndTxn:
      return transactions_.handle(broker, request, reply);
    case Api::kTxnOffsetCommit:
      return commit_offsets(broker, request, reply);
    case Api::kJoinGroup:
    case Api::kHeartbeat:
    case Api::kLeaveGroup:
      if (leader(kGroupPlace) != broker) return reply({.error = ErrorCode::kNotCoordinator});
      if (network_.now() < group_loaded_at_) {
        return reply({.error = ErrorCode::kCoordinatorLoadInProgress});
      }
      return reply(group_.handle(request));
  }
}

/// Some errors come instead of the work and others after it. A repetition that its sequence number
/// reveals is only ever refused so after the work.
bool Cluster::inject(Request const& request, Reply const& reply) {
  auto const codes = documented_errors(request.api);
  ErrorCode const code = codes[rng_.below(codes.size())];
  if (!has(error_class_of(request.api, code, !request.transactional_id.empty()))) return false;
  bool const after = code == ErrorCode::kNotEnoughReplicasAfterAppend ||
                     code == ErrorCode::kDuplicateSequenceNumber ||
                     (code == ErrorCode::kRequestTimedOut && rng_.chance(0.5));
  ++injected_;
  if (!after) {
    reply({.error = code});
    return true;
  }
  double const share = std::exchange(errors_, 0);
  int const broker = leader(request.batch ? request.batch->place : kGroupPlace);
  int const target =
      request.batch || request.api == Api::kTxnOffsetCommit
          ? broker
          : transactions_.leader(TransactionCoordinator::slot_of(request.transactional_id));
  handle(target, request, [reply, code](Response const& response) {
    reply({.error = response.error == ErrorCode::kNone ? code : response.error});
  });
  errors_ = share;
  return true;
}

ErrorCode Cluster::check_leader(int broker, Place place) const {
  if (!exists(place)) return ErrorCode::kUnknownTopicOrPartition;
  return leader(place) == broker ? ErrorCode::kNone : ErrorCode::kNotLeaderOrFollower;
}

/// The first record of a transaction in a partition is verified with the coordinator.
ErrorCode Cluster::verify(Request const& request, Batch const& batch) const {
  bool const is_needed = options_.verify_transactions && !request.transactional_id.empty() &&
                         !log(batch.place).is_open(batch.producer);
  return is_needed ? transactions_.verify(request.transactional_id, batch) : ErrorCode::kNone;
}

void Cluster::produce(int broker, Request const& request, Reply const& reply) {
  Batch const& batch = *request.batch;
  if (auto const error = check_leader(broker, batch.place); error != ErrorCode::kNone) {
    return reply({.error = error});
  }
  Partition& partition = at(batch.place);
  if (static_cast<int>(partition.in_sync.size()) < kMinInSync) {
    return reply({.error = ErrorCode::kNotEnoughReplicas});
  }
  bool const transactional = !request.transactional_id.empty();
  if (auto const error = verify(request, batch); error != ErrorCode::kNone) {
    return reply({.error = error});
  }
  partition.log.append(batch, transactional, network_.now(),
                       [reply](ErrorCode error) { reply({.error = error}); });
  replicate_later(batch.place);
}

/// Fetch is answered in the same way: the client reads the records from the log directly.
void Cluster::list_offsets(int broker, Request const& request, Reply const& reply) {
  Response response;
  for (Place const place : request.places) {
    if (auto const error = check_leader(broker, place); error != ErrorCode::kNone) {
      return reply({.error = error});
    }
    PartitionLog const& log = this->log(place);
    response.offsets.push_back(static_cast<std::int64_t>(
        request.read_committed ? log.last_stable() : log.high_watermark()));
  }
  reply(std::move(response));
}

void Cluster::commit_offsets(int broker, Request const& request, Reply const& reply) {
  if (leader(kGroupPlace) != broker) return reply({.error = ErrorCode::kNotCoordinator});
  if (network_.now() < group_loaded_at_) {
    return reply({.error = ErrorCode::kCoordinatorLoadInProgress});
  }
  auto const error = group_.check_member(request.member, request.generation);
  if (error != ErrorCode::kNone) return reply({.error = error});
  Batch const offsets{.place = kGroupPlace,
                      .producer = request.producer,
                      .epoch = request.epoch,
                      .first_sequence = -1,
                      .transaction = 1,
                      .records = {{"offsets", offsets_value(request.partitions)}}};
  if (auto const refused = verify(request, offsets); refused != ErrorCode::kNone) {
    return reply({.error = refused});
  }
  at(kGroupPlace).log.append(offsets, true, network_.now(), [reply](ErrorCode code) {
    reply({.error = code});
  });
  replicate_later(kGroupPlace);
}

bool Cluster::has_open_offsets(std::set<std::int32_t> const& partitions) const {
  return log(kGroupPlace).any_open([&](PartitionLog::Entry const& entry) {
    return std::ranges::any_of(
        entry.value, [&](char partition) { return partitions.contains(partition - 'a'); });
  });
}

void Cluster::write_marker(Place place, std::int64_t producer, std::int32_t epoch, bool commit,
                           std::function<void(ErrorCode)> done) {
  if (!exists(place)) return done(ErrorCode::kUnknownTopicOrPartition);
  Partition& partition = at(place);
  if (partition.leader < 0 || is_away(partition.leader)) {
    return done(ErrorCode::kNotLeaderOrFollower);
  }
  if (static_cast<int>(partition.in_sync.size()) < kMinInSync) {
    return done(ErrorCode::kNotEnoughReplicas);
  }
  partition.log.write_marker(producer, epoch, commit, network_.now(), std::move(done));
  replicate_later(place);
}

}  // namespace k2::simulation::kafka
