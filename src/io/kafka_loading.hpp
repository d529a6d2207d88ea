// The reading of positions when partitions come to this process: first until no transaction can
// commit into them any more, then all that the positions topic holds of them, until the outcome of
// every transaction is there in the other topics as well: what hangs in one of them would come to
// light with the next commit. In steps, so that other partitions are delivered meanwhile. One
// thread.
#pragma once

#include "core/result.hpp"
#include "io/kafka_group.hpp"
#include "io/kafka_reader.hpp"
#include "sink/position_book.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <vector>

namespace k2::io {

/// How far a loading has come.
enum class KafkaLoaded : std::uint8_t {
  kGoesOn,
  /// It waits for the outcome of a transaction.
  kUnsettled,
  kWhole,
};

class KafkaLoading {
 public:
  /// `options` and `group` outlive it. Opening a reader blocks; then `give_up` is asked. With
  /// `letters` it also reads how far this process's dead letters have come, wherever that stands.
  KafkaLoading(KafkaOptions const& options, KafkaGroup& group, std::set<std::int32_t> partitions,
               bool letters, std::uint64_t ticket, std::function<bool()> give_up)
      : options_(options),
        group_(group),
        partitions_(std::move(partitions)),
        letters_(letters),
        ticket_(ticket),
        give_up_(std::move(give_up)),
        book_(options.partitions) {}

  /// Goes on for some milliseconds.
  /// Errors: kKafkaFailed, kDataCorrupt, kConfigInvalid.
  [[nodiscard]] Result<KafkaLoaded> step();

  [[nodiscard]] std::uint64_t ticket() const noexcept { return ticket_; }
  [[nodiscard]] sink::PositionBook const& book() const noexcept { return book_; }

 private:
  [[nodiscard]] Result<void> open_reader();
  [[nodiscard]] Result<void> note_ends();
  [[nodiscard]] Result<bool> read();
  [[nodiscard]] Result<KafkaLoaded> look_for_outcomes();
  [[nodiscard]] Result<KafkaLoaded> check_positions();

  KafkaOptions const& options_;
  KafkaGroup& group_;
  std::set<std::int32_t> partitions_;
  bool letters_;
  std::uint64_t ticket_;
  std::function<bool()> give_up_;
  std::optional<KafkaReader> reader_;
  /// Beside the positions, where outcomes may be missing: the ends when reading began.
  std::vector<KafkaPlace> others_;
  sink::PositionBook book_;
};

}  // namespace k2::io
