#include "app/kafka_start.hpp"

#include "io/kafka_handle.hpp"
#include "io/kafka_positions.hpp"
#include "io/kafka_topics.hpp"
#include "io/log.hpp"

#include <chrono>

namespace k2::app {
namespace {

constexpr std::chrono::seconds kPatience{30};

Result<sink::PositionBook> ask(io::KafkaOptions const& options) {
  auto const client = io::make_kafka(RD_KAFKA_PRODUCER, options, {});
  if (!client) return client.error();
  if (auto const ready = io::ensure_topics(client->get(), options); !ready) return ready.error();
  auto const give_up_at = std::chrono::steady_clock::now() + kPatience;
  return io::read_topic_positions(
      options, [give_up_at] { return std::chrono::steady_clock::now() >= give_up_at; });
}

}  // namespace

Result<sink::PositionBook> positions_in_kafka(io::KafkaOptions const& options,
                                              io::Journal& journal) {
  auto const held = journal.positions();
  if (!held) return held.error();
  auto book = ask(options);
  if (book) return book;
  if (book.error().code == Errc::kConfigInvalid || held->empty()) return book.error();
  io::log_event(io::LogLevel::kWarn, "kafka.not_asked",
                {{"why", book.error().to_string()},
                 {"instead", "tapes go on where the journal stands; Kafka follows"}});
  return sink::PositionBook{};
}

}  // namespace k2::app
