// The admin door: a Unix socket in the data directory, mode 0600, so that only its owner gets in.
// One line in, one reply out, then it closes. `k2 ctl` is its other end. The stream's thread.
#pragma once

#include "core/result.hpp"

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace k2::io {

/// Returns its path.
[[nodiscard]] std::filesystem::path admin_socket_path(std::filesystem::path const& data_dir);

class AdminSocket {
 public:
  /// The reply to a command; an error when it is unknown.
  using Handler = std::function<Result<std::string>(std::string_view command)>;

  /// Errors: kSocketFailed, for example when the path is too long for a socket.
  [[nodiscard]] static Result<std::unique_ptr<AdminSocket>> open(
      boost::asio::io_context& io, std::filesystem::path const& data_dir, Handler handler);
  /// Closes it and removes its file.
  ~AdminSocket();
  AdminSocket(AdminSocket const&) = delete;
  AdminSocket& operator=(AdminSocket const&) = delete;

 private:
  class State;
  explicit AdminSocket(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

/// Sends a command to the stream that records into the directory; its reply.
/// Errors: kConnectFailed when none runs there, kTimeout, kSocketFailed; kBusy with the stream's
/// own words when it refused.
[[nodiscard]] Result<std::string> ask_admin(std::filesystem::path const& data_dir,
                                            std::string_view command);

}  // namespace k2::io
