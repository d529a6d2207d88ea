#include "io/journal_files.hpp"

#include <cerrno>
#include <sys/stat.h>

namespace k2::io {

std::optional<JournalFiles::Identity> JournalFiles::identity_of(std::filesystem::path const& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return Identity{found.st_dev, found.st_ino};
}

void JournalFiles::opened() noexcept {
  main_.known = identity_of(main_.path);
  log_.known = identity_of(log_.path);
}

std::optional<std::string> JournalFiles::lost() {
  if (auto main = lost(main_)) return main;
  return lost(log_);
}

std::optional<std::string> JournalFiles::lost(File& file) {
  struct stat found{};
  if (::stat(file.path.c_str(), &found) == 0) {
    Identity const now{found.st_dev, found.st_ino};
    if (!file.known) file.known = now;  // SQLite makes the log when it needs it first
    if (now == *file.known) return std::nullopt;
    return file.path.string() + " was replaced by another file while it was open";
  }
  // Without the right to read the folder nothing is known: that is no lost file.
  if (!file.known || (errno != ENOENT && errno != ENOTDIR)) return std::nullopt;
  return file.path.string() + " was deleted or moved while it was open";
}

}  // namespace k2::io
