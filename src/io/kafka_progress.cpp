#include "io/kafka_progress.hpp"

#include "io/log.hpp"

namespace k2::io {

void log_given_up(std::span<sink::GivenUpIds const> given_up) {
  for (sink::GivenUpIds const& one : given_up) {
    log_event_limited(LogLevel::kError, "kafka.gap_given_up", one.symbol,
                      {{"symbol", one.symbol},
                       {"first_id", value(one.ids.first)},
                       {"last_id", value(one.ids.last)},
                       {"reason", "too_many_missing_ranges"},
                       {"action",
                        "the topic keeps these ids declared open; take the trades from the journal "
                        "with k2 export"}});
  }
}

void log_lost_ids(std::span<sink::SymbolIds const> lost) {
  for (sink::SymbolIds const& one : lost) {
    log_event_limited(
        LogLevel::kWarn, "kafka.ids_lost", one.symbol,
        {{"symbol", one.symbol},
         {"ranges", one.ids.size()},
         {"first_id", value(one.ids.front().first)},
         {"last_id", value(one.ids.back().last)},
         {"reason", "not_in_journal"},
         {"action", "fetching them from the exchange again and delivering them LATE"}});
  }
}

KafkaStatus KafkaProgress::status() const {
  KafkaStatus status{.delivered_sequence = delivered_sequence(),
                     .needed_sequence = needed_sequence_.load(std::memory_order_relaxed),
                     .produced = produced_.load(std::memory_order_relaxed),
                     .commits = commits_.load(std::memory_order_relaxed),
                     .failures = failures_.load(std::memory_order_relaxed),
                     .serializers = cached_.load(std::memory_order_relaxed),
                     .evictions = evictions_.load(std::memory_order_relaxed),
                     .rebalances = rebalances_.load(std::memory_order_relaxed),
                     .aborts = aborts_.load(std::memory_order_relaxed),
                     .producers_replaced = replaced_.load(std::memory_order_relaxed),
                     .transaction_limit = transaction_limit_.load(std::memory_order_relaxed),
                     .given_up = given_up_.load(std::memory_order_relaxed),
                     .surplus = surplus_.load(std::memory_order_relaxed),
                     .failing = failing_.load(std::memory_order_relaxed),
                     .fenced = fenced_.load(std::memory_order_relaxed),
                     .member = member_.load(std::memory_order_relaxed),
                     .owned = {},
                     .turned = {},
                     .receive_to_commit = {}};
  std::lock_guard const lock{mutex_};
  status.owned = owned_;
  status.receive_to_commit = receive_to_commit_;
  return status;
}

bool KafkaProgress::note_committed(std::span<UtcTime const> received, UtcTime now) {
  commits_.fetch_add(1, std::memory_order_relaxed);
  produced_.fetch_add(received.size(), std::memory_order_relaxed);
  {
    std::lock_guard const lock{mutex_};
    for (UtcTime const at : received) receive_to_commit_.observe(now - at);
  }
  return failing_.exchange(false, std::memory_order_relaxed);
}

void KafkaProgress::note_failure() noexcept {
  failing_.store(true, std::memory_order_relaxed);
  failures_.fetch_add(1, std::memory_order_relaxed);
}

void KafkaProgress::note_serializers(sink::SerializerCache const& cache) noexcept {
  cached_.store(cache.size(), std::memory_order_relaxed);
  evictions_.store(cache.evictions(), std::memory_order_relaxed);
}

void KafkaProgress::note_ownership(sink::Delivery const& delivery) {
  given_up_.store(delivery.ranges_given_up(), std::memory_order_relaxed);
  rebalances_.store(delivery.counts().rebalances, std::memory_order_relaxed);
  fenced_.store(delivery.is_zombie(), std::memory_order_relaxed);
  member_.store(delivery.is_member(), std::memory_order_relaxed);
  std::lock_guard const lock{mutex_};
  owned_.assign(delivery.owned().begin(), delivery.owned().end());
}

}  // namespace k2::io
