// The ports of the delivery driver, implemented with the journal's file and librdkafka. Each call
// performs one request for some hundred milliseconds at most, and reports kPending when its answer
// is not there by then. Only opening a producer takes longer: it checks the topics and the schemas.
// One thread.
#pragma once

#include "core/result.hpp"
#include "io/journal_reader.hpp"
#include "io/kafka_options.hpp"
#include "sink/delivery_ports.hpp"
#include "sink/serializer_cache.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>

namespace k2::io {

class KafkaPorts {
 public:
  /// Opens the journal. `options` and `serializers` outlive the ports. `give_up` is called several
  /// times a second while a request waits; true ends the wait with kTimeout.
  /// Errors: those of the database.
  [[nodiscard]] static Result<KafkaPorts> open(KafkaOptions const& options,
                                               std::filesystem::path const& data_dir,
                                               sink::SerializerCache& serializers,
                                               std::function<bool()> give_up);
  ~KafkaPorts();
  KafkaPorts(KafkaPorts&&) noexcept;
  KafkaPorts& operator=(KafkaPorts&&) = delete;

  [[nodiscard]] sink::DeliveryPorts ports() noexcept;
  /// Returns how many partitions beyond `kafka.partitions` the group has assigned to this process.
  [[nodiscard]] std::size_t surplus_partitions() const;
  /// Drops the producer and leaves the group; waits for at most `patience`.
  void leave(std::chrono::nanoseconds patience);

 private:
  struct Parts;
  explicit KafkaPorts(std::unique_ptr<Parts> parts) noexcept;

  std::unique_ptr<Parts> parts_;
};

}  // namespace k2::io
