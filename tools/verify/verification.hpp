// `k2 verify`: reads a journal or a topic and what it is held against side by side, in bounded
// memory, and reports every trade that is missing, doubled, out of order, altered or unexpected. A
// second pass names the altered ids, only where the first found contents to differ.
#pragma once

#include "core/result.hpp"
#include "io/kafka_options.hpp"
#include "tools/verify/report.hpp"
#include "tools/verify/symbol_tally.hpp"
#include "tools/verify/trade_source.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

namespace k2::verify {

/// The progress of the reading.
struct Progress {
  std::uint64_t records_read = 0;
  std::uint64_t records = 0;
  std::uint64_t source_read = 0;
  /// 1 for the first pass, then one more for each look at what differs.
  int pass = 1;
};

struct Request {
  std::filesystem::path data_dir = {};
  /// Looked at in place of data_dir.
  std::optional<io::KafkaOptions> topic = {};
  /// All of one kind; empty to look at the journal alone.
  std::vector<SourcePlace> sources = {};
  /// Alone, a symbol's trades count from its first one in it, whatever their time.
  Window window = {};
  /// The generation of each tape that a ledger or an official file is compared with; without one,
  /// 0, and the store must hold no other.
  std::optional<std::uint32_t> generation = {};
  bool from_first_stored = false;
  bool to_last_stored = false;
  bool accept_declared = false;
  /// Called every some thousand trades.
  std::function<void(Progress const&)> on_progress = {};
};

/// Errors: those of opening and reading; a defect of the store is no error but in the report.
[[nodiscard]] Result<Report> verify(Request const& request);

}  // namespace k2::verify
