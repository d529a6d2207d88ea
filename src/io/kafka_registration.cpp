#include "io/kafka_registration.hpp"

#include "io/kafka_positions.hpp"
#include "io/kafka_producer.hpp"
#include "sink/partition_count.hpp"
#include "sink/position_book.hpp"

namespace k2::io {
namespace {

Result<void> check(KafkaOptions const& options, sink::PositionBook const& book) {
  return sink::check_partition_count(book, options.topic, options.partitions);
}

/// Writes the registration outside of a transaction: the record must be there before the first one
/// starts, regardless of its outcome.
Result<void> write_registration(KafkaOptions const& options, std::function<bool()> const& give_up) {
  KafkaOptions plain = options;
  plain.transactions = false;
  auto producer = KafkaProducer::open(plain, give_up);
  if (!producer) return producer.error();
  if (auto const started = producer->begin(); !started) return started;
  auto const produced = producer->produce(
      sink::DeliveryTopic::kPositions, sink::kRegistrationPartition,
      sink::registration_key(options.process), sink::registration_value(options.partitions));
  if (!produced) return produced;
  return repeat_while_pending([&] { return producer->flush(); }, give_up);
}

}  // namespace

Result<void> register_journal(KafkaOptions const& options, std::function<bool()> const& give_up) {
  auto const registered = read_registrations(options, give_up);
  if (!registered) return registered.error();
  if (auto const checked = check(options, *registered); !checked) return checked;
  if (registered->is_registered(options.process)) return {};
  bool const is_first = !registered->registered_partitions();
  if (is_first) {
    // Versions before this one registered nothing: the places of their positions say with how many
    // partitions they delivered.
    auto const positions = read_placed_positions(options, give_up);
    if (!positions) return positions.error();
    if (auto const checked = check(options, *positions); !checked) return checked;
  }
  if (auto const written = write_registration(options, give_up); !written) return written;
  if (!is_first) return {};
  // Of two processes that start together with different numbers, the first record counts.
  auto const after = read_registrations(options, give_up);
  if (!after) return after.error();
  return check(options, *after);
}

}  // namespace k2::io
