// Plays recordings again: merges several files by the time at which they were recorded, keeps each
// file's own order, and starts over with ids and times carried on when it is to loop. Frames of the
// first pass go out byte for byte. Pure; the lines come from outside.
#pragma once

#include "core/symbol.hpp"
#include "tools/sim/frame_text.hpp"
#include "tools/sim/source.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace k2::sim {

/// The counts of a recording's contents, for the report at the end.
struct ReplayCounts {
  std::uint64_t published = 0;
  /// Lines that hold nothing to publish: headers, snapshots, REST answers.
  std::uint64_t skipped = 0;
  /// Lines that should have held a trade but do not parse.
  std::uint64_t bad = 0;
  std::uint64_t passes = 0;
};

class Replay final : public Source {
 public:
  /// `symbols` outlives the replay and learns every symbol that the recordings name.
  Replay(std::vector<std::unique_ptr<Lines>> files, bool loop, SymbolTable& symbols);
  ~Replay() override;

  [[nodiscard]] bool next(Publication& publication) override;
  [[nodiscard]] ReplayCounts const& counts() const noexcept { return counts_; }

  /// Reads up to so many lines of each file ahead to learn their symbols, then starts over.
  void learn_symbols(std::size_t lines_per_file);

 private:
  struct File;
  struct Stream;
  struct IdSpan;

  bool fill(File& file);
  bool take_line(File& file, std::string_view line);
  bool take_row(File& file, std::string_view row);
  bool take_frame(File& file, std::string_view stream_name, std::string_view data);
  Stream& stream_of(std::string_view name);
  [[nodiscard]] File* earliest();
  void publish(File& file, Publication& publication);
  void note_ids(Publication const& publication);
  void move(Publication& publication);
  bool start_over();

  std::vector<std::unique_ptr<File>> files_;
  bool loop_;
  bool started_ = false;
  SymbolTable& symbols_;
  std::unordered_map<std::string, std::unique_ptr<Stream>> streams_;
  std::vector<IdSpan> spans_;
  std::vector<NumberShift> shifts_;
  RecordTime first_at_{};
  RecordTime last_at_{};
  std::chrono::microseconds time_shift_{};
  File* last_ = nullptr;
  std::string row_text_;
  std::string moved_;
  ReplayCounts counts_;
};

}  // namespace k2::sim
