#include "tests/simulation/kafka/transaction_coordinator.hpp"

#include <utility>

namespace k2::simulation::kafka {

TransactionCoordinator::TransactionCoordinator(Network& network, WriteMarker write_marker, Rng rng)
    : network_(network), write_marker_(std::move(write_marker)), rng_(rng) {
  for (std::size_t at = 0; at < kSlots; ++at) slots_[at].leader = static_cast<int>(at) % kBrokers;
}

std::size_t TransactionCoordinator::slot_of(std::string const& transactional_id) {
  std::size_t sum = 0;
  for (char const letter : transactional_id) sum = sum * 31 + static_cast<unsigned char>(letter);
  return sum % kSlots;
}

void TransactionCoordinator::handle(int broker, Request const& request, Reply const& reply) {
  if (request.transactional_id.empty()) {
    return reply({.producer = ++last_producer_, .epoch = 0});
  }
  Slot const& slot = slots_[slot_of(request.transactional_id)];
  if (slot.leader != broker) return reply({.error = ErrorCode::kNotCoordinator});
  if (network_.now() < slot.loaded_at) {
    return reply({.error = ErrorCode::kCoordinatorLoadInProgress});
  }
  switch (request.api) {
    case Api::kInitProducerId:
      return init_producer(request, reply);
    case Api::kAddPartitionsToTxn:
      return add_places(request, {request.places.begin(), request.places.end()}, reply);
    case Api::kAddOffsetsToTxn:
      return add_places(request, {kGroupPlace}, reply);
    default:
      return end(request, reply);
  }
}

void TransactionCoordinator::init_producer(Request const& request, Reply const& reply) {
  auto& kept = transactions_[request.transactional_id];
  if (!kept) {
    kept = std::make_unique<Transaction>();
    kept->id = request.transactional_id;
    kept->producer = ++last_producer_;
  }
  Transaction& transaction = *kept;
  if (transaction.change) return reply({.error = ErrorCode::kConcurrentTransactions});
  bool const names_itself = request.producer >= 0;
  bool const repeats = names_itself && request.epoch == transaction.last_epoch;
  if (names_itself && (request.producer != transaction.producer ||
                       (request.epoch != transaction.epoch && !repeats))) {
    return reply({.error = ErrorCode::kProducerFenced});
  }
  switch (transaction.state) {
    case State::kPrepareCommit:
    case State::kPrepareAbort:
      return reply({.error = ErrorCode::kConcurrentTransactions});
    case State::kOngoing:
      // The epoch moves on before the abort, so that nothing of the predecessor is taken any more.
      transaction.last_epoch = names_itself ? transaction.epoch : -1;
      ++transaction.epoch;
      transaction.forgotten.clear();
      decide(transaction, false);
      return reply({.error = ErrorCode::kConcurrentTransactions});
    case State::kEmpty:
    case State::kCompleteCommit:
    case State::kCompleteAbort:
      break;
  }
  Response const response{.producer = transaction.producer,
                          .epoch = transaction.epoch + (repeats ? 0 : 1)};
  write(
      transaction,
      [&transaction, epoch = response.epoch, names_itself] {
        if (epoch != transaction.epoch) {
          transaction.last_epoch = names_itself ? transaction.epoch : -1;
          transaction.forgotten.clear();
        }
        transaction.epoch = epoch;
        transaction.state = State::kEmpty;
        transaction.places.clear();
      },
      response, reply);
}

ErrorCode TransactionCoordinator::check(Request const& request, Transaction*& found) {
  auto const kept = transactions_.find(request.transactional_id);
  if (kept == transactions_.end() || kept->second->producer != request.producer) {
    return ErrorCode::kInvalidProducerIdMapping;
  }
  found = kept->second.get();
  if (found->epoch != request.epoch) return ErrorCode::kProducerFenced;
  return found->change ? ErrorCode::kConcurrentTransactions : ErrorCode::kNone;
}

void TransactionCoordinator::add_places(Request const& request, std::set<Place> const& places,
                                        Reply const& reply) {
  Transaction* transaction = nullptr;
  if (auto const error = check(request, transaction); error != ErrorCode::kNone) {
    return reply({.error = error});
  }
  if (transaction->state == State::kPrepareCommit || transaction->state == State::kPrepareAbort) {
    return reply({.error = ErrorCode::kConcurrentTransactions});
  }
  write(
      *transaction,
      [transaction, places, now = network_.now()] {
        if (transaction->state != State::kOngoing) {
          transaction->state = State::kOngoing;
          transaction->places.clear();
          transaction->began = now;
        }
        transaction->places.insert(places.begin(), places.end());
      },
      {}, reply);
}

/// Source: Apache Kafka, TransactionCoordinator.endTransaction() before transaction version 2.
void TransactionCoordinator::end(Request const& request, Reply const& reply) {
  Transaction* transaction = nullptr;
  if (auto const error = check(request, transaction); error != ErrorCode::kNone) {
    return reply({.error = error});
  }
  auto const answer = [&](bool fits, ErrorCode error) {
    reply({.error = fits ? error : ErrorCode::kInvalidTxnState});
  };
  switch (transaction->state) {
    case State::kOngoing:
      return write(
          *transaction,
          [this, transaction, commit = request.commit] { decide(*transaction, commit); }, {},
          reply);
    case State::kCompleteCommit:
      return answer(request.commit, ErrorCode::kNone);
    case State::kCompleteAbort:
      return answer(!request.commit, ErrorCode::kNone);
    case State::kPrepareCommit:
      return answer(request.commit, ErrorCode::kConcurrentTransactions);
    case State::kPrepareAbort:
      return answer(!request.commit, ErrorCode::kConcurrentTransactions);
    case State::kEmpty:
      return answer(false, ErrorCode::kNone);
  }
}

/// A change counts once the replicas of the coordinator's own log have it.
void TransactionCoordinator::write(Transaction& transaction, std::function<void()> change,
                                   Response response, Reply const& reply) {
  transaction.change = std::move(change);
  transaction.change_reply = reply;
  transaction.change_response = std::move(response);
  auto const number = ++transaction.changes;
  milliseconds const delay{rng_.chance(0.03) ? rng_.below(100) : rng_.below(3)};
  network_.later(delay, [&transaction, number] {
    if (transaction.changes != number || !transaction.change) return;
    std::exchange(transaction.change, {})();
    std::exchange(transaction.change_reply, {})(transaction.change_response);
  });
}

/// The next marker of the producer decides about what hangs: in all of its partitions, so that no
/// transaction is committed in some of them and aborted in others.
void TransactionCoordinator::decide(Transaction& transaction, bool commit) {
  transaction.unmarked = std::exchange(transaction.places, {});
  transaction.unmarked.merge(std::exchange(transaction.forgotten, {}));
  if (forgotten_ == Forgotten::kEverything) transaction.forgotten = transaction.unmarked;
  forget_places(transaction.unmarked, commit);
  transaction.state = commit ? State::kPrepareCommit : State::kPrepareAbort;
  if (transaction.unmarked.empty()) {
    transaction.state = commit ? State::kCompleteCommit : State::kCompleteAbort;
    return;
  }
  for (Place const place : transaction.unmarked) {
    network_.later(marker_delay(), [this, id = transaction.id, producer = transaction.producer,
                                    epoch = transaction.epoch, place,
                                    commit] { mark(id, producer, epoch, place, commit); });
  }
}

void TransactionCoordinator::forget_places(std::set<Place>& unmarked, bool commit) {
  if (forgotten_ == Forgotten::kNone) return;
  if (forgotten_ == Forgotten::kEverything) return unmarked.clear();
  int const topic = forgotten_ == Forgotten::kSomeTrades ? kTrades : kPositions;
  auto const before = unmarked.size();
  std::erase_if(unmarked, [&](Place place) {
    if (place.topic != topic || rng_.chance(0.4)) return false;
    if (commit) partly_committed_.insert(place.partition);
    return true;
  });
  if (commit && unmarked.size() < before) ++forgotten_commits_;
}

milliseconds TransactionCoordinator::marker_delay() {
  return milliseconds{rng_.chance(0.03) ? rng_.below(2'000) : rng_.below(20)};
}

void TransactionCoordinator::mark(std::string const& id, std::int64_t producer, std::int32_t epoch,
                                  Place place, bool commit) {
  write_marker_(place, producer, epoch, commit,
                [this, id, producer, epoch, place, commit](ErrorCode error) {
                  // A partition that has seen a newer epoch needs no marker any more.
                  if (error == ErrorCode::kNone || error == ErrorCode::kInvalidProducerEpoch ||
                      error == ErrorCode::kUnknownTopicOrPartition) {
                    return marked(id, epoch, place);
                  }
                  network_.later(milliseconds{20 + rng_.below(100)},
                                 [this, id, producer, epoch, place, commit] {
                                   mark(id, producer, epoch, place, commit);
                                 });
                });
}

void TransactionCoordinator::marked(std::string const& id, std::int32_t epoch, Place place) {
  Transaction& transaction = *transactions_.at(id);
  if (transaction.epoch != epoch || transaction.unmarked.erase(place) == 0) return;
  if (!transaction.unmarked.empty()) return;
  if (transaction.state == State::kPrepareCommit) transaction.state = State::kCompleteCommit;
  if (transaction.state == State::kPrepareAbort) transaction.state = State::kCompleteAbort;
}

void TransactionCoordinator::tick(MonoTime now) {
  if (now < search_at_) return;
  search_at_ = now + kTimeoutSearch;
  for (auto& [id, transaction] : transactions_) {
    Slot const& slot = slots_[slot_of(id)];
    bool const is_served = slot.leader >= 0 && now >= slot.loaded_at;
    if (!is_served || transaction->change || transaction->state != State::kOngoing) continue;
    if (now - transaction->began < kTransactionTimeout) continue;
    ++transaction->epoch;
    transaction->forgotten.clear();
    decide(*transaction, false);
  }
}

ErrorCode TransactionCoordinator::verify(std::string const& transactional_id,
                                         Batch const& batch) const {
  auto const found = transactions_.find(transactional_id);
  if (found == transactions_.end() || found->second->producer != batch.producer) {
    return ErrorCode::kInvalidTxnState;
  }
  Transaction const& transaction = *found->second;
  if (transaction.epoch != batch.epoch) return ErrorCode::kInvalidProducerEpoch;
  bool const holds =
      transaction.state == State::kOngoing && transaction.places.contains(batch.place);
  return holds ? ErrorCode::kNone : ErrorCode::kInvalidTxnState;
}

bool TransactionCoordinator::will_end(std::int64_t producer, Place place) const {
  for (auto const& [id, transaction] : transactions_) {
    if (transaction->producer != producer) continue;
    bool const is_ongoing = transaction->state == State::kOngoing || transaction->change;
    return transaction->unmarked.contains(place) ||
           (is_ongoing && transaction->places.contains(place));
  }
  return false;
}

void TransactionCoordinator::move(std::size_t slot, int broker, milliseconds load) {
  slots_.at(slot) = {broker, network_.now() + load};
  for (auto& [id, transaction] : transactions_) {
    if (slot_of(id) != slot || !transaction->change) continue;
    auto const change = std::exchange(transaction->change, {});
    auto const reply = std::exchange(transaction->change_reply, {});
    // The replicas have the change already, or it is lost.
    if (rng_.chance(0.5)) change();
    reply({.error = ErrorCode::kNotCoordinator});
  }
}

}  // namespace k2::simulation::kafka
