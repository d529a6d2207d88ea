#include "io/listing.hpp"

#include "feed/rest_reader.hpp"
#include "feed/rest_requests.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <optional>
#include <utility>

namespace k2::io {
namespace {

/// Names in one request; with more, the whole list is shorter to ask for.
constexpr std::size_t kNamesMax = 100;

Result<feed::ExchangeInfo> ask(HttpsClientOptions const& rest, std::span<Symbol const> symbols) {
  boost::asio::io_context io;
  HttpsClient client{io, rest};
  std::optional<Result<HttpReply>> answer;
  auto const work = boost::asio::make_work_guard(io);
  client.get(feed::exchange_info_target(symbols), [&](Result<HttpReply> reply) {
    answer = std::move(reply);
    io.stop();
  });
  io.run();
  if (!*answer) return answer->error();
  HttpReply const& reply = **answer;
  feed::RestReader reader;
  if (reply.status == 200) return reader.exchange_info(reply.body);
  if (reply.status == 429 || reply.status == 418) {
    return Error{Errc::kRateLimited, "the exchange asks for a pause"};
  }
  if (reply.status == 403 || reply.status == 451) {
    return Error{Errc::kRefusedByRegion, "the exchange does not serve this address"};
  }
  return reader.error(reply.body);
}

}  // namespace

Result<Listing> fetch_listing(HttpsClientOptions const& rest, std::span<Symbol const> symbols) {
  auto info = ask(rest, symbols.size() <= kNamesMax ? symbols : std::span<Symbol const>{});
  if (!info && info.error().code == Errc::kExchangeError) info = ask(rest, {});
  if (!info) return info.error();
  Listing listing{std::move(*info), {}};
  for (Symbol const& symbol : symbols) {
    if (listing.info.find(symbol.text()) == nullptr) listing.unknown.push_back(symbol.text());
  }
  return listing;
}

}  // namespace k2::io
