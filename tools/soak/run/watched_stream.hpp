// The processes of a soak test: the stream, and the exchange simulator when there is one. They are
// started, found again, sampled and ended here.
#pragma once

#include "io/child_process.hpp"
#include "tools/soak/record.hpp"
#include "tools/soak/run/commands.hpp"

#include <optional>

namespace k2::soak {

class WatchedStream {
 public:
  /// Starts both and waits until the stream is ready. Started processes are ended when it fails.
  /// Errors: kFileFailed, kTimeout, with the end of the log.
  [[nodiscard]] static Result<WatchedStream> start(SoakOptions const& options, Setup& setup);
  /// Finds those that another soak began; the stream may be gone by now.
  [[nodiscard]] static WatchedStream find(SoakOptions const& options, Setup const& setup);

  /// Returns whether it has ended, stopped or not.
  [[nodiscard]] bool ended();
  /// Errors: those of http_get() and read_sample().
  [[nodiscard]] Result<Sample> look() const;
  /// Halts the market, waits until all of it is stored, and ends the stream and then the exchange.
  /// A stream that was stopped before may have ended cleanly.
  [[nodiscard]] StreamEnd finish(bool told_before);

 private:
  WatchedStream(std::filesystem::path folder, std::string status_url, std::string admin_url);
  [[nodiscard]] Result<Place> start_exchange(SoakOptions const& options, Setup& setup);
  [[nodiscard]] Result<void> start_stream(SoakOptions const& options, Place const& place,
                                          Setup& setup);
  [[nodiscard]] Result<void> wait_ready();
  /// Returns how it ended by itself.
  [[nodiscard]] StreamEnd crash() const;
  void halt_market() const;
  void end_exchange();
  void kill_all();

  std::filesystem::path folder_;
  std::string status_url_;
  std::string admin_url_;
  std::optional<io::ChildProcess> stream_;
  std::optional<io::ChildProcess> exchange_;
};

}  // namespace k2::soak
