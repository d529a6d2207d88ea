#include "io/kafka_loading.hpp"

#include "sink/partition.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace k2::io {
namespace {

/// How long one step may keep other partitions waiting.
constexpr std::chrono::milliseconds kStep{100};

/// How long one step waits for the next record. Chosen: they come in batches.
constexpr std::chrono::milliseconds kPause{20};

}  // namespace

Result<bool> KafkaLoading::step() {
  if (!reader_) {
    // Only then may the end of the topic be looked at: a transaction that the group vouched for is
    // in there by now, or never will be.
    auto const settled = group_.is_settled(partitions_, kStep);
    if (!settled) return settled.error();
    if (!*settled) return false;
    if (auto const opened = open_reader(); !opened) return opened.error();
  }
  auto const until = std::chrono::steady_clock::now() + kStep;
  KafkaRecord record;
  while (std::chrono::steady_clock::now() < until) {
    auto const read = reader_->try_next(record, kPause);
    if (!read) return read.error();
    if (*read == KafkaRead::kEnd) return true;
    if (*read == KafkaRead::kNothingYet) return false;
    if (!partitions_.contains(record.partition) && !record.key.starts_with('/')) continue;
    if (auto const applied = book_.apply(record.key, record.value); !applied) {
      return applied.error();
    }
  }
  return false;
}

Result<void> KafkaLoading::open_reader() {
  auto asked = partitions_;
  if (letters_) {
    asked.insert(sink::partition_of(sink::letter_key(options_.process), options_.partitions));
  }
  auto reader = KafkaReader::open(options_,
                                  {.topic = options_.positions_topic(),
                                   .partitions = std::move(asked),
                                   .open_transactions = true},
                                  give_up_);
  if (!reader) return reader.error();
  if (reader->partitions() == 0) {
    // Taking it for empty would deliver everything again.
    return Error{Errc::kKafkaFailed,
                 fmt::format("the brokers do not show the topic {}", options_.positions_topic())};
  }
  reader_ = *std::move(reader);
  return {};
}

}  // namespace k2::io
