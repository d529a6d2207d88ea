#include "io/kafka_positions.hpp"

#include "io/kafka_handle.hpp"
#include "io/kafka_reader.hpp"
#include "io/log.hpp"
#include "sink/partition.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace k2::io {
namespace {

Result<sink::PositionBook> fold(KafkaOptions const& options, KafkaReading reading,
                                sink::PositionBook book, std::function<bool()> const& give_up) {
  auto reader = KafkaReader::open(options, std::move(reading), give_up);
  if (!reader) return reader.error();
  if (reader->partitions() == 0) {
    // Taking it for empty would deliver everything again.
    return Error{Errc::kKafkaFailed,
                 fmt::format("the brokers do not show the topic {}", options.positions_topic())};
  }
  KafkaRecord record;
  for (auto more = reader->next(record);; more = reader->next(record)) {
    if (!more) return more.error();
    if (!*more) return book;
    if (auto const applied = book.apply(record.partition, record.key, record.value); !applied) {
      return applied.error();
    }
  }
}

}  // namespace

bool is_unauthorized(Error const& error) {
  return error.detail.find(rd_kafka_err2name(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)) !=
         std::string::npos;
}

Result<sink::PositionBook> read_topic_positions(KafkaOptions const& options,
                                                std::function<bool()> const& give_up) {
  return fold(options, {.topic = options.positions_topic()}, {}, give_up);
}

Result<sink::PositionBook> read_placed_positions(KafkaOptions const& options,
                                                 std::function<bool()> const& give_up) {
  auto book = fold(options, {.topic = options.positions_topic()},
                   sink::PositionBook{options.partitions}, give_up);
  if (book) log_misplaced(*book, options.partitions);
  return book;
}

Result<sink::PositionBook> read_registrations(KafkaOptions const& options,
                                              std::function<bool()> const& give_up) {
  return fold(options,
              {.topic = options.positions_topic(), .partitions = {sink::kRegistrationPartition}},
              sink::PositionBook{options.partitions}, give_up);
}

void log_misplaced(sink::PositionBook const& book, std::int32_t partitions) {
  for (auto const& [symbol, misplaced] : book.misplaced()) {
    log_event_limited(LogLevel::kWarn, "kafka.position_misplaced", symbol,
                      {{"symbol", symbol},
                       {"partition", misplaced.partition},
                       {"expected_partition", sink::partition_of(symbol, partitions)},
                       {"last_id", value(misplaced.last)},
                       {"reason", "other_number_of_partitions"},
                       {"action", "none: the position is not used"}});
  }
}

Result<void> check_positions_present(KafkaOptions const& options,
                                     std::set<std::int32_t> const& partitions,
                                     sink::PositionBook const& book,
                                     std::function<bool()> const& give_up) {
  if (!options.transactions) return {};
  auto without = partitions;
  for (auto const& [symbol, position] : book.symbols()) {
    without.erase(sink::partition_of(symbol, options.partitions));
  }
  if (without.empty()) return {};
  // Offsets say nothing here: transactions that were aborted leave some behind.
  auto reader =
      KafkaReader::open(options, {.topic = options.topic, .partitions = without}, give_up);
  if (!reader) return reader.error();
  KafkaRecord record;
  auto const found = reader->next(record);
  if (!found && is_unauthorized(found.error())) {
    log_event_limited(LogLevel::kWarn, "kafka.topic_unchecked", options.topic,
                      {{"topic", options.topic},
                       {"error", found.error().to_string()},
                       {"action",
                        "allow Read on the topic, so that K2 notices when positions are "
                        "emptied"}});
    return {};
  }
  if (!found) return found.error();
  if (!*found) return {};
  return Error{
      Errc::kConfigInvalid,
      fmt::format("the topic {0} holds trades in partition {1}, and {2} no position there: "
                  "it was emptied or created again; deliver into another kafka.topic, or "
                  "delete both topics to have all delivered again that the journal holds",
                  options.topic, record.partition, options.positions_topic())};
}

}  // namespace k2::io
