#include "io/rest_caller.hpp"

#include "core/http_status.hpp"
#include "feed/rest_reader.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <utility>

namespace k2::io {

RestCaller::RestCaller(HttpsClientOptions const& rest, std::stop_token stop)
    : stop_(std::move(stop)), client_(io_, rest) {}

Result<std::string> RestCaller::get(std::string target, std::optional<std::size_t> body_bytes_max) {
  std::optional<Result<HttpReply>> answer;
  auto const work = boost::asio::make_work_guard(io_);
  client_.get(
      std::move(target),
      [&](Result<HttpReply> reply) {
        answer = std::move(reply);
        io_.stop();
      },
      body_bytes_max);
  io_.restart();
  std::stop_callback const stopped{stop_, [this] { io_.stop(); }};
  io_.run();
  if (!answer) return Error{Errc::kTimeout, "stopped before the exchange answered"};
  if (!*answer) return answer->error();
  HttpReply& reply = **answer;
  used_weight_ = reply.used_weight;
  if (reply.status == 200) return std::move(reply.body);
  switch (errc_of_http_status(reply.status)) {
    case Errc::kRateLimited:
      return Error{Errc::kRateLimited, "the exchange demands a pause"};
    case Errc::kRefusedByRegion:
      return Error{Errc::kRefusedByRegion, "the exchange does not serve this address"};
    default:
      return feed::RestReader{}.error(reply.body);
  }
}

}  // namespace k2::io
