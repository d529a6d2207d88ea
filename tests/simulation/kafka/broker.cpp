#include "tests/simulation/kafka/broker.hpp"

#include <algorithm>

namespace k2::simulation::kafka {

bool Transaction::is_over(MonoTime now) const {
  return state != State::kOpen && std::ranges::all_of(places, [&](auto const& place) {
           return place.second.forgotten || now >= place.second.written;
         });
}

void Broker::set_away(bool away) {
  away_ = away;
  ++breaks_;
  look_at_ = now_ + kTimeoutLook;
  for (auto& [name, member] : members_) member.heard = now_;
}

void Broker::tick(MonoTime now) {
  now_ = now;
  if (has_forgotten()) hung_at_ = now;
  if (away_) return;
  if (now >= look_at_) {
    look_at_ = now + kTimeoutLook;
    for (auto& [name, producer] : producers_) {
      if (producer.current && now - producer.current->begun >= kTransactionTimeout) {
        ++producer.epoch;
        decide(producer, false);
      }
    }
  }
  auto const gone = std::erase_if(
      members_, [&](auto const& one) { return now - one.second.heard >= kSessionTimeout; });
  if (gone > 0) share_out_ = true;
  if (std::exchange(share_out_, false)) share_out();
  std::erase_if(vouched_, [&](auto const& transaction) {
    return std::ranges::all_of(transaction->places,
                               [&](auto const& place) { return now >= place.second.written; });
  });
}

/// The outcome reaches each partition in a time of its own. There it ends all that the producer has
/// open, whichever transaction that is of.
void Broker::decide(Producer& producer, bool commit) {
  auto& [state, begun, places] = *producer.current;
  state = commit ? Transaction::State::kCommitted : Transaction::State::kAborted;
  for (auto& [place, marker] : places) {
    if (forgetful_) {
      marker.forgotten = true;
      continue;
    }
    marker.commit = commit;
    marker.written = now_ + milliseconds{rng_.chance(0.1) ? rng_.below(2'000) : rng_.below(30)};
    for (auto const& earlier : producer.hanging) {
      auto const same = earlier->places.find(place);
      if (same != earlier->places.end() && same->second.forgotten) same->second = marker;
    }
  }
  if (forgetful_) producer.hanging.push_back(producer.current);
  producer.last = std::move(producer.current);
}

Broker::Producer* Broker::producer(std::string const& name, std::uint64_t epoch) {
  auto const found = producers_.find(name);
  if (found == producers_.end() || found->second.epoch != epoch) return nullptr;
  return &found->second;
}

Answer Broker::init_producer(std::string const& name, std::uint64_t& epoch) {
  if (away_) return Answer::kAgain;
  Producer& one = producers_[name];
  if (one.current) {
    ++one.epoch;
    decide(one, false);
  }
  if (one.last && !one.last->is_over(now_)) return Answer::kAgain;  // CONCURRENT_TRANSACTIONS
  epoch = ++one.epoch;
  return lost() ? Answer::kUnknown : Answer::kDone;
}

Answer Broker::begin(std::string const& name, std::uint64_t epoch) {
  Producer* const one = producer(name, epoch);
  if (one == nullptr) return Answer::kFenced;
  if (one->last && !one->last->is_over(now_)) return Answer::kAgain;
  one->current = std::make_shared<Transaction>();
  one->current->begun = now_;
  return Answer::kDone;
}

Answer Broker::produce(std::string const& name, std::uint64_t epoch, int topic,
                       std::int32_t partition, std::string key, std::string value) {
  if (away_) return Answer::kAgain;
  Producer* const one = producer(name, epoch);
  if (one == nullptr || !one->current) return Answer::kFenced;
  one->current->places.emplace(std::pair{topic, partition}, Transaction::Marker{});
  logs_[{topic, partition}].entries.push_back({one->current, std::move(key), std::move(value)});
  return Answer::kDone;
}

Answer Broker::append(int topic, std::int32_t partition, std::string key, std::string value) {
  if (away_) return Answer::kAgain;
  auto const alone = std::make_shared<Transaction>();
  alone->state = Transaction::State::kCommitted;
  alone->places.emplace(std::pair{topic, partition},
                        Transaction::Marker{.written = now_, .commit = true});
  logs_[{topic, partition}].entries.push_back({alone, std::move(key), std::move(value)});
  return lost() ? Answer::kUnknown : Answer::kDone;
}

Answer Broker::vouch(std::string const& name, std::uint64_t epoch, std::string const& member,
                     std::uint64_t generation, std::set<std::int32_t> const& partitions) {
  if (away_) return Answer::kAgain;
  Producer* const one = producer(name, epoch);
  if (one == nullptr || !one->current) return Answer::kFenced;
  if (!members_.contains(member) || generation != generation_) return Answer::kRefused;
  for (auto const partition : partitions) {
    one->current->places.emplace(std::pair{kOffsets, partition}, Transaction::Marker{});
  }
  vouched_.push_back(one->current);
  return Answer::kDone;
}

Answer Broker::end(std::string const& name, std::uint64_t epoch, bool commit) {
  if (away_) return rng_.chance(0.05) ? Answer::kUnknown : Answer::kAgain;
  Producer* const one = producer(name, epoch);
  if (one == nullptr || !one->current) return Answer::kFenced;
  if (lost() && rng_.chance(0.5)) return Answer::kUnknown;  // the request never came
  decide(*one, commit);
  return lost() ? Answer::kUnknown : Answer::kDone;
}

Answer Broker::join(std::string const& member, std::string const& instance) {
  if (away_) return Answer::kAgain;
  auto const former = std::ranges::find_if(
      members_, [&](auto const& one) { return one.second.instance == instance; });
  Member joined;
  joined.instance = instance;
  joined.heard = now_;
  joined.learns_at = now_ + milliseconds{rng_.below(500)};
  if (former != members_.end()) {
    // Its new life has nothing to let go of.
    joined.owned = std::move(former->second.owned);
    for (auto const partition : former->second.revoked) joined.owned.erase(partition);
    share_out_ = share_out_ || !former->second.revoked.empty();
    joined.events.push_back(
        {GroupEvent::What::kAssigned, {joined.owned.begin(), joined.owned.end()}});
    members_.erase(former);
  } else {
    share_out_ = true;
  }
  members_.insert_or_assign(member, std::move(joined));
  return Answer::kDone;
}

void Broker::leave(std::string const& member) {
  if (away_) return;
  if (members_.erase(member) > 0) share_out_ = true;
}

void Broker::rebalance() {
  share_out_ = true;
}

/// A new generation: each member is told of it in its own time. What is to move is first taken
/// from its owner, and given on once that has let go.
void Broker::share_out() {
  ++generation_;
  if (members_.empty()) return;
  std::map<std::int32_t, std::string> owner;
  for (auto const& [name, member] : members_) {
    for (auto const partition : member.owned) owner[partition] = name;
  }
  auto const count = members_.size();
  auto const fair = (static_cast<std::size_t>(partitions_) + count - 1) / count;
  std::set<std::int32_t> free;
  for (std::int32_t partition = 0; partition < partitions_; ++partition) {
    if (!owner.contains(partition)) free.insert(partition);
  }
  for (auto& [name, member] : members_) {
    GroupEvent revoked{GroupEvent::What::kRevoked, {}};
    auto extra = member.owned;
    for (auto const partition : member.revoked) extra.erase(partition);
    while (extra.size() > fair) {
      auto one = extra.begin();
      std::advance(one, static_cast<std::ptrdiff_t>(rng_.below(extra.size())));
      revoked.partitions.push_back(*one);
      member.revoked.insert(*one);
      extra.erase(one);
    }
    GroupEvent assigned{GroupEvent::What::kAssigned, {}};
    while (revoked.partitions.empty() && member.owned.size() < fair && !free.empty()) {
      assigned.partitions.push_back(*free.begin());
      member.owned.insert(*free.begin());
      free.erase(free.begin());
    }
    member.events.push_back(revoked.partitions.empty() ? assigned : revoked);
    member.learns_at = now_ + milliseconds{rng_.below(1'000)};
  }
}

bool Broker::heartbeat(std::string const& member, std::uint64_t& generation,
                       std::vector<GroupEvent>& events) {
  if (away_) return true;  // nobody answers
  auto const found = members_.find(member);
  if (found == members_.end()) return false;
  found->second.heard = now_;
  if (now_ < found->second.learns_at || found->second.events.empty()) return true;
  for (auto& event : found->second.events) events.push_back(std::move(event));
  found->second.events.clear();
  generation = generation_;
  return true;
}

void Broker::released(std::string const& member, std::vector<std::int32_t> const& partitions) {
  auto const found = members_.find(member);
  if (found == members_.end()) return;
  for (auto const partition : partitions) {
    found->second.owned.erase(partition);
    found->second.revoked.erase(partition);
  }
  share_out_ = true;
}

bool Broker::has_forgotten() const {
  return std::ranges::any_of(producers_, [](auto const& producer) {
    return std::ranges::any_of(producer.second.hanging, [](auto const& transaction) {
      return std::ranges::any_of(transaction->places,
                                 [](auto const& place) { return place.second.forgotten; });
    });
  });
}

bool Broker::is_settled(std::set<std::int32_t> const& partitions) const {
  return std::ranges::none_of(vouched_, [&](auto const& transaction) {
    return std::ranges::any_of(partitions, [&](std::int32_t partition) {
      std::pair const place{kOffsets, partition};
      return transaction->places.contains(place) && !transaction->is_over_at(place, now_);
    });
  });
}

std::size_t Broker::high_watermark(int topic, std::int32_t partition) const {
  auto const found = logs_.find({topic, partition});
  return found == logs_.end() ? 0 : found->second.entries.size();
}

std::size_t Broker::last_stable(int topic, std::int32_t partition) const {
  auto const found = logs_.find({topic, partition});
  if (found == logs_.end()) return 0;
  auto const& [entries, known] = found->second;
  while (known < entries.size() &&
         entries[known].transaction->is_over_at({topic, partition}, now_)) {
    ++known;
  }
  return known;
}

std::vector<Entry const*> Broker::committed(int topic, std::int32_t partition,
                                            std::size_t end) const {
  std::vector<Entry const*> shown;
  auto const found = logs_.find({topic, partition});
  if (found == logs_.end()) return shown;
  for (std::size_t at = 0; at < end; ++at) {
    Entry const& entry = found->second.entries[at];
    if (entry.transaction->places.at({topic, partition}).commit) shown.push_back(&entry);
  }
  return shown;
}

}  // namespace k2::simulation::kafka
