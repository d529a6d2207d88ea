#include "app/kafka_start.hpp"

#include "io/kafka_handle.hpp"
#include "io/kafka_positions.hpp"
#include "io/kafka_topics.hpp"
#include "io/log.hpp"
#include "sink/partition_count.hpp"

#include <chrono>
#include <cstdint>
#include <set>

namespace k2::app {
namespace {

constexpr std::chrono::seconds kPatience{30};

Result<sink::PositionBook> ask(io::KafkaOptions const& options) {
  auto const client = io::make_kafka(RD_KAFKA_PRODUCER, options, {});
  if (!client) return client.error();
  if (auto const ready = io::ensure_topics(client->get(), options); !ready) return ready.error();
  auto const give_up_at = std::chrono::steady_clock::now() + kPatience;
  auto const give_up = [give_up_at] { return std::chrono::steady_clock::now() >= give_up_at; };
  auto book = io::read_placed_positions(options, give_up);
  if (!book) return book;
  auto const counted = sink::check_partition_count(*book, options.topic, options.partitions);
  if (!counted) return counted.error();
  std::set<std::int32_t> all;
  for (std::int32_t one = 0; one < options.partitions; ++one) all.insert(one);
  auto const present = io::check_positions_present(options, all, *book, give_up);
  if (!present) return present.error();
  return book;
}

}  // namespace

Result<sink::PositionBook> positions_in_kafka(io::KafkaOptions const& options) {
  auto book = ask(options);
  if (book || book.error().code == Errc::kConfigInvalid) return book;
  io::log_event(io::LogLevel::kWarn, "kafka.unavailable",
                {{"error", book.error().to_string()},
                 {"action", "tapes continue at the journal's positions; Kafka follows"}});
  return sink::PositionBook{};
}

}  // namespace k2::app
