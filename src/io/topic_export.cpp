#include "io/topic_export.hpp"

#include "io/kafka_reader.hpp"
#include "io/topic_ends.hpp"
#include "sink/serializer_cache.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace k2::io {
namespace {

/// Brokers that say nothing for so long are gone.
constexpr std::chrono::seconds kSilenceMax{60};

/// Chosen: many commits, and short enough for a person who waits.
constexpr std::chrono::seconds kTransactionPatience{10};

/// Number of records between two reports of progress.
constexpr std::uint64_t kProgressRecords = 4'096;

/// Records behind an open transaction cannot be read: a file without them would not be whole.
Result<void> settle(KafkaOptions const& options, ExportRequest const& request,
                    ExportOutcome& outcome) {
  auto ends = TopicEnds::open(options);
  if (!ends) return ends.error();
  auto const settled =
      ends->settle(options.topic, std::chrono::steady_clock::now() + kTransactionPatience);
  if (!settled) return settled.error();
  for (PartitionEnds const& one : *settled) {
    if (one.stable >= one.high) continue;
    auto text = blocked_text(options.topic, one);
    if (!request.skip_damaged) {
      return Error{Errc::kTimeout, text + "; --skip-damaged exports the others"};
    }
    ++outcome.holes;
    outcome.holes_text.push_back(std::move(text));
  }
  return {};
}

}  // namespace

Result<ExportOutcome> export_topic(KafkaOptions const& options, ExportRequest const& request) {
  ExportOutcome outcome;
  if (auto const settled = settle(options, request, outcome); !settled) return settled.error();
  auto heard = std::chrono::steady_clock::now();
  auto reader = KafkaReader::open(options, {.topic = options.topic}, [&heard] {
    return std::chrono::steady_clock::now() - heard > kSilenceMax;
  });
  if (!reader) return reader.error();
  if (reader->partitions() == 0) {
    return Error{Errc::kConfigInvalid,
                 fmt::format("there is no topic {} at {}; name it with --kafka-topic",
                             options.topic, options.bootstrap_servers)};
  }
  auto writer = TradeWriter::open(request);
  if (!writer) return writer.error();
  KafkaRecord record;
  sink::TradeRecord trade;
  for (std::uint64_t read = 0;; ++read) {
    auto const more = reader->next(record);
    if (!more) return more.error();
    if (!*more) break;
    if (read % kProgressRecords == 0) {
      heard = std::chrono::steady_clock::now();
      if (request.on_progress) request.on_progress(read, reader->offsets());
    }
    auto const datum = sink::unframe(record.value);
    sink::AvroReader bytes{datum};
    if (datum.empty() || !sink::read_trade(bytes, trade) || !bytes.at_end()) {
      if (!request.skip_damaged) {
        return Error{Errc::kDataCorrupt,
                     fmt::format("{}, partition {}, offset {}: no framed "
                                 "TradeV2; --skip-damaged leaves it out",
                                 options.topic, record.partition, record.offset)};
      }
      ++outcome.damaged;
      continue;
    }
    if (!(*writer)->wants(trade)) continue;
    (*writer)->add(trade, datum);
    if (auto const written = (*writer)->write_when_large(); !written) return written.error();
  }
  if (auto const finished = (*writer)->finish(); !finished) return finished.error();
  outcome.records = (*writer)->records();
  return outcome;
}

}  // namespace k2::io
