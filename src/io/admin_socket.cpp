#include "io/admin_socket.hpp"

#include "io/accept_pause.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include <cerrno>
#include <chrono>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace k2::io {
namespace {

namespace asio = boost::asio;
using Local = asio::local::stream_protocol;
using boost::system::error_code;

/// Chosen: far above what a person or script needs.
constexpr std::size_t kCommandBytesMax = 256;
constexpr std::size_t kReplyBytesMax = std::size_t{16} << 20;
constexpr std::chrono::seconds kPatience{5};
constexpr std::size_t kPathBytesMax = 107;
constexpr std::string_view kRefused = "refused: ";

Error failed(std::filesystem::path const& path, std::string const& why) {
  return Error{Errc::kSocketFailed, path.string() + ": " + why};
}

/// One client: reads its line, writes the reply, goes.
class Visit : public std::enable_shared_from_this<Visit> {
 public:
  Visit(Local::socket socket, AdminSocket::Handler const& handler)
      : socket_(std::move(socket)), deadline_(socket_.get_executor()), handler_(handler) {}

  void begin() {
    deadline_.expires_after(kPatience);
    deadline_.async_wait([self = shared_from_this()](error_code const& error) {
      error_code ignored;
      if (!error) self->socket_.close(ignored);
    });
    asio::async_read_until(socket_, line_, '\n',
                           [self = shared_from_this()](error_code const& error, std::size_t size) {
                             self->answer(error, size);
                           });
  }

 private:
  void answer(error_code const& error, std::size_t size) {
    deadline_.cancel();
    if (error) return;
    std::string command(size - 1, '\0');
    asio::buffer_copy(asio::buffer(command), line_.data());
    auto reply = handler_(command);
    reply_ = reply ? *std::move(reply) : std::string{kRefused} + reply.error().detail;
    reply_.push_back('\n');
    asio::async_write(socket_, asio::buffer(reply_),
                      [self = shared_from_this()](error_code const&, std::size_t) {});
  }

  Local::socket socket_;
  asio::steady_timer deadline_;
  AdminSocket::Handler handler_;
  asio::streambuf line_{kCommandBytesMax};
  std::string reply_;
};

}  // namespace

std::filesystem::path admin_socket_path(std::filesystem::path const& data_dir) {
  return data_dir / "admin.sock";
}

class AdminSocket::State : public std::enable_shared_from_this<State> {
 public:
  State(asio::io_context& io, Handler handler)
      : acceptor_(io), pause_(io.get_executor()), handler_(std::move(handler)) {}

  Result<void> open(std::filesystem::path const& path) {
    if (path.string().size() > kPathBytesMax) return failed(path, "too long for a socket's name");
    path_ = path;
    std::error_code ignored;
    std::filesystem::remove(path, ignored);  // of a process that was killed
    error_code error;
    acceptor_.open(Local{}, error);
    if (!error) {
      // bind() makes the file with the mode of the socket: nobody else gets in, not even for a
      // moment, and the umask of the other threads stays as it is.
      if (::fchmod(acceptor_.native_handle(), S_IRUSR | S_IWUSR) != 0) {
        return failed(path, std::error_code{errno, std::generic_category()}.message());
      }
      acceptor_.bind(Local::endpoint{path.string()}, error);
    }
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return failed(path, error.message());
    accept();
    return {};
  }

  void close() {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    std::error_code gone;
    std::filesystem::remove(path_, gone);
  }

 private:
  void accept() {
    acceptor_.async_accept(
        [self = shared_from_this()](error_code const& error, Local::socket peer) {
          if (error == asio::error::operation_aborted || !self->acceptor_.is_open()) return;
          if (!error) std::make_shared<Visit>(std::move(peer), self->handler_)->begin();
          self->pause_.then(error, [self] {
            if (self->acceptor_.is_open()) self->accept();
          });
        });
  }

  Local::acceptor acceptor_;
  AcceptPause pause_;
  Handler handler_;
  std::filesystem::path path_;
};

AdminSocket::AdminSocket(std::shared_ptr<State> state) : state_(std::move(state)) {}

AdminSocket::~AdminSocket() {
  state_->close();
}

Result<std::unique_ptr<AdminSocket>> AdminSocket::open(asio::io_context& io,
                                                       std::filesystem::path const& data_dir,
                                                       Handler handler) {
  auto state = std::make_shared<State>(io, std::move(handler));
  if (auto const opened = state->open(admin_socket_path(data_dir)); !opened) return opened.error();
  return std::unique_ptr<AdminSocket>{new AdminSocket{std::move(state)}};
}

Result<std::string> ask_admin(std::filesystem::path const& data_dir, std::string_view command) {
  auto const path = admin_socket_path(data_dir);
  if (path.string().size() > kPathBytesMax) return failed(path, "too long for a socket's name");
  asio::io_context io;
  Local::socket socket{io};
  error_code error;
  socket.connect(Local::endpoint{path.string()}, error);
  if (error) {
    return Error{Errc::kConnectFailed,
                 "no stream records into " + data_dir.string() + " (" + error.message() + ")"};
  }
  std::string const line = std::string{command} + "\n";
  asio::write(socket, asio::buffer(line), error);
  if (error) return failed(path, error.message());
  std::string reply;
  bool over = false;
  asio::async_read(socket, asio::dynamic_buffer(reply, kReplyBytesMax),
                   [&](error_code const& end, std::size_t) {
                     error = end;
                     over = true;
                   });
  io.run_for(kPatience);
  if (!over) return Error{Errc::kTimeout, "the stream does not answer"};
  if (error != asio::error::eof) return failed(path, error.message());
  if (reply.starts_with(kRefused)) {
    return Error{Errc::kBusy, reply.substr(kRefused.size(), reply.size() - kRefused.size() - 1)};
  }
  return reply;
}

}  // namespace k2::io
