#include "io/kafka_loading.hpp"

#include "io/kafka_positions.hpp"
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

Result<KafkaLoaded> KafkaLoading::step() {
  if (!reader_) {
    // Only then may the ends of topics be looked at: a transaction that the group vouched for is in
    // there by now, or never will be.
    auto const settled = group_.settled(partitions_, kStep);
    if (!settled) return settled.error();
    if (*settled == KafkaSettled::kOpen) return KafkaLoaded::kUnsettled;
    if (*settled == KafkaSettled::kUnknown) return KafkaLoaded::kGoesOn;
    if (auto const opened = open_reader(); !opened) return opened.error();
    if (auto const noted = note_ends(); !noted) return noted.error();
  }
  auto const whole = read();
  if (!whole) return whole.error();
  if (!*whole && !reader_->is_waiting()) return KafkaLoaded::kGoesOn;
  // Asked each time, also where the positions themselves wait: brokers that do not answer are an
  // error, and no wait for an outcome.
  auto settled = look_for_outcomes();
  if (!settled) return settled;
  if (!*whole) return KafkaLoaded::kUnsettled;
  return *settled == KafkaLoaded::kWhole ? check_positions() : settled;
}

/// True once all positions have been read.
Result<bool> KafkaLoading::read() {
  auto const until = std::chrono::steady_clock::now() + kStep;
  KafkaRecord record;
  while (std::chrono::steady_clock::now() < until) {
    auto const read = reader_->try_next(record, kPause);
    if (!read) return read.error();
    if (*read == KafkaRead::kEnd) return true;
    if (*read == KafkaRead::kNothingYet) return false;
    if (!partitions_.contains(record.partition) && !record.key.starts_with('/')) continue;
    if (auto const applied = book_.apply(record.partition, record.key, record.value); !applied) {
      return applied.error();
    }
  }
  return false;
}

Result<KafkaLoaded> KafkaLoading::check_positions() {
  log_misplaced(book_, options_.partitions);
  // Partitions of a new topic, and those of no symbol, are known to be empty without reading them.
  std::set<std::int32_t> used;
  for (KafkaPlace const& place : others_) {
    if (place.topic == options_.topic && place.offset > 0) used.insert(place.partition);
  }
  auto const present = check_positions_present(options_, used, book_, give_up_);
  if (!present) return present.error();
  return KafkaLoaded::kWhole;
}

Result<KafkaLoaded> KafkaLoading::look_for_outcomes() {
  auto stable = others_;
  if (auto const found = reader_->find_stable_ends(stable); !found) return found.error();
  for (std::size_t at = 0; at < others_.size(); ++at) {
    if (stable[at].offset < others_[at].offset) return KafkaLoaded::kUnsettled;
  }
  return KafkaLoaded::kWhole;
}

/// Letters are in the partition of the symbol that they name.
Result<void> KafkaLoading::note_ends() {
  for (std::int32_t partition = 0; partition < options_.partitions; ++partition) {
    bool const ours = partitions_.contains(partition);
    if (ours) others_.push_back({.topic = options_.topic, .partition = partition});
    if (ours) others_.push_back({.topic = options_.gaps_topic(), .partition = partition});
    if (ours || letters_) {
      others_.push_back({.topic = options_.letters_topic(), .partition = partition});
    }
  }
  return reader_->find_ends(others_);
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
