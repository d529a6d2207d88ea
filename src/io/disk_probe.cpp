#include "io/disk_probe.hpp"

#include "io/clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <system_error>
#include <unistd.h>

namespace k2::io {
namespace {

constexpr std::size_t kPartBytes = std::size_t{1} << 20;
constexpr std::size_t kParts = 16;
constexpr std::size_t kPageBytes = 4096;

Error file_error(std::filesystem::path const& path, int code) {
  return Error{code == ENOSPC || code == EDQUOT ? Errc::kDiskFull : Errc::kFileFailed,
               fmt::format("{}: {}", path.string(), std::generic_category().message(code))};
}

/// A file that goes with its owner.
class ProbeFile {
 public:
  explicit ProbeFile(std::filesystem::path path)
      : path_(std::move(path)),
        descriptor_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {}
  ~ProbeFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlink(path_.c_str());
  }
  ProbeFile(ProbeFile const&) = delete;
  ProbeFile& operator=(ProbeFile const&) = delete;

  /// 0, or errno.
  [[nodiscard]] int write_durably(std::string const& part, std::size_t parts) const {
    if (descriptor_ < 0) return errno;
    for (std::size_t at = 0; at < parts; ++at) {
      for (std::size_t done = 0; done < part.size();) {
        auto const count = ::write(descriptor_, part.data() + done, part.size() - done);
        if (count < 0 && errno != EINTR) return errno;
        if (count > 0) done += static_cast<std::size_t>(count);
      }
    }
    return ::fdatasync(descriptor_) == 0 ? 0 : errno;
  }

 private:
  std::filesystem::path path_;
  int descriptor_;
};

}  // namespace

std::string network_file_system(std::int64_t type) {
  struct Known {
    std::int64_t type;
    char const* name;
  };
  // Source: linux/magic.h, and statfs(2) for those that are not there. FUSE may be sshfs as well as
  // a local disk.
  constexpr std::array kKnown{
      Known{0x6969, "nfs"},      Known{0x517b, "smb"},        Known{0xff534d42, "cifs"},
      Known{0xfe534d42, "smb"},  Known{0x5346414f, "afs"},    Known{0x00c36400, "ceph"},
      Known{0x01021997, "9p"},   Known{0x0bd00bd0, "lustre"}, Known{0x65735546, "fuse"},
      Known{0x01161970, "gfs2"}, Known{0x7461636f, "ocfs2"}};
  auto const found = std::ranges::find(kKnown, type, &Known::type);
  return found == kKnown.end() ? "" : found->name;
}

Result<DiskProbe> probe_disk(std::filesystem::path const& directory) {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed) return file_error(directory, failed.value());
  struct statvfs room{};
  if (::statvfs(directory.c_str(), &room) != 0) return file_error(directory, errno);
  DiskProbe probe{.free_bytes = room.f_bavail * room.f_frsize,
                  .size_bytes = room.f_blocks * room.f_frsize};
  struct statfs kind{};
  if (::statfs(directory.c_str(), &kind) != 0) return file_error(directory, errno);
  // Some of the numbers do not fit a signed 32-bit one.
  probe.network = network_file_system(kind.f_type & 0xffffffff);
  auto const path = directory / fmt::format(".k2-check-{}", ::getpid());
  ProbeFile const file{path};
  MonoTime const begun = read_clock().mono;
  if (int const code = file.write_durably(std::string(kPartBytes, 'k'), kParts); code != 0) {
    return file_error(path, code);
  }
  MonoTime const written = read_clock().mono;
  if (int const code = file.write_durably(std::string(kPageBytes, 'k'), 1); code != 0) {
    return file_error(path, code);
  }
  std::chrono::duration<double> const took = written - begun;
  probe.write_rate = static_cast<std::uint64_t>(static_cast<double>(kParts * kPartBytes) /
                                                std::max(took.count(), 1e-6));
  probe.sync = std::chrono::duration_cast<std::chrono::microseconds>(read_clock().mono - written);
  return probe;
}

}  // namespace k2::io
