// Whether the journal's files are still the ones that were opened. A process goes on writing into a
// file that was deleted or replaced, and nothing of it is there after its end: so the journal
// compares, before each commit, what its paths name with what they named when it was opened. The
// journal's thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>

namespace k2::io {

class JournalFiles {
 public:
  explicit JournalFiles(std::filesystem::path file)
      : main_{std::move(file), {}}, log_{main_.path.string() + "-wal", {}} {}

  /// The files are open: from now on they must stay the same.
  void opened() noexcept;
  /// The main file was opened anew: SQLite may have made another log with it.
  void reopened() noexcept { log_.known.reset(); }
  /// What became of a file that is not the same any more, as a sentence; nothing while all are.
  [[nodiscard]] std::optional<std::string> lost();

 private:
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(Identity const&, Identity const&) = default;
  };
  struct File {
    std::filesystem::path path;
    std::optional<Identity> known;
  };
  [[nodiscard]] static std::optional<Identity> identity_of(std::filesystem::path const& path);
  [[nodiscard]] static std::optional<std::string> lost(File& file);

  File main_;
  File log_;
};

}  // namespace k2::io
