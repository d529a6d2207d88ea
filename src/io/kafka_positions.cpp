#include "io/kafka_positions.hpp"

#include "io/kafka_reader.hpp"

#include <fmt/format.h>

namespace k2::io {

Result<sink::PositionBook> read_topic_positions(KafkaOptions const& options,
                                                std::function<bool()> const& give_up) {
  auto reader = KafkaReader::open(options, {.topic = options.positions_topic()}, give_up);
  if (!reader) return reader.error();
  if (reader->partitions() == 0) {
    // Taking it for empty would deliver everything again.
    return Error{Errc::kKafkaFailed,
                 fmt::format("the brokers do not show the topic {}", options.positions_topic())};
  }
  sink::PositionBook book;
  KafkaRecord record;
  for (auto more = reader->next(record);; more = reader->next(record)) {
    if (!more) return more.error();
    if (!*more) return book;
    if (auto const applied = book.apply(record.key, record.value); !applied) {
      return applied.error();
    }
  }
}

}  // namespace k2::io
