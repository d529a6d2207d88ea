#include "io/process_memory.hpp"

#include <fstream>
#include <iterator>
#include <malloc.h>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace k2::io {
namespace {

using std::chrono::microseconds;

microseconds length_of(timeval const& time) {
  return std::chrono::seconds{time.tv_sec} + microseconds{time.tv_usec};
}

std::uint64_t count_entries(std::filesystem::path const& folder) {
  std::error_code failed;
  std::filesystem::directory_iterator const begin{folder, failed};
  if (failed) return 0;
  return static_cast<std::uint64_t>(std::distance(begin, std::filesystem::directory_iterator{}));
}

}  // namespace

watch::Process read_process() {
  watch::Process process;
  std::uint64_t pages_vms = 0;
  std::uint64_t pages_rss = 0;
  if (std::ifstream statm{"/proc/self/statm"}; statm >> pages_vms >> pages_rss) {
    auto const page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    process.vms_bytes = pages_vms * page;
    process.rss_bytes = pages_rss * page;
  }
  auto const heap = ::mallinfo2();
  process.allocated_bytes = heap.uordblks + heap.hblkhd;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    process.cpu = length_of(usage.ru_utime) + length_of(usage.ru_stime);
  }
  process.open_fds = count_entries("/proc/self/fd");
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) process.max_fds = limit.rlim_cur;
  return process;
}

std::uint64_t folder_bytes(std::filesystem::path const& folder) {
  std::uint64_t bytes = 0;
  std::error_code failed;
  for (std::filesystem::directory_iterator at{folder, failed}, end; !failed && at != end;
       at.increment(failed)) {
    std::error_code gone;
    if (at->is_regular_file(gone)) {
      auto const size = at->file_size(gone);
      if (!gone) bytes += size;
    }
  }
  return bytes;
}

}  // namespace k2::io
