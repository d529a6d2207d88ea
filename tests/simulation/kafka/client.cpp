#include "tests/simulation/kafka/client.hpp"

#include <algorithm>
#include <utility>

namespace k2::simulation::kafka {
namespace {

using enum ErrorCode;

/// Source: librdkafka 2.0.2, retry.backoff.ms as io/kafka_producer sets it.
constexpr milliseconds kRetryBackoff{20};
/// Source: librdkafka 2.0.2, reconnect.backoff.max.ms as io/kafka_handle sets it.
constexpr milliseconds kReconnectMax{1'000};
/// Source: librdkafka 2.0.2, the delay of rd_kafka_txn_handle_TxnOffsetCommit().
constexpr milliseconds kLimitedBackoff{500};

}  // namespace

Client::Target Client::coordinator_of(std::string const& transactional_id) {
  return {
      Target::Kind::kTransactionCoordinator, {}, TransactionCoordinator::slot_of(transactional_id)};
}

Client::Client(int process, Network& network, Cluster& cluster, Rng rng)
    : process_(process), network_(network), cluster_(cluster), rng_(rng), view_(cluster.view()) {}

Client::~Client() {
  for (Link const& link : links_) network_.close(link.connection);
}

void Client::call(Target target, Request request, Done done, std::optional<MonoTime> until) {
  calls_.push_back({.number = ++last_call_,
                    .target = target,
                    .request = std::move(request),
                    .done = std::move(done),
                    .due = network_.now(),
                    .until = until});
}

void Client::tick() {
  notice_breaks();
  if (refresh_at_ && network_.now() >= *refresh_at_) refresh_metadata();
  give_up_calls();
  for (Call& call : calls_) {
    if (call.connection == 0 && network_.now() >= call.due) send(call);
  }
}

/// A call with a limit that finds no coordinator ends with a time-out.
void Client::give_up_calls() {
  auto const is_over = [this](Call const& call) {
    return call.until && call.connection == 0 && network_.now() >= *call.until + kLimitedBackoff;
  };
  for (auto call = std::ranges::find_if(calls_, is_over); call != calls_.end();
       call = std::ranges::find_if(calls_, is_over)) {
    Done const done = std::move(call->done);
    calls_.erase(call);
    done({.error = kRequestTimedOut});
  }
}

void Client::disconnect(Place place) {
  for (Call const& call : calls_) {
    bool const is_meant = call.request.batch && call.request.batch->place == place;
    if (is_meant && call.connection != 0) network_.close(call.connection);
  }
}

void Client::notice_breaks() {
  for (Link& link : links_) {
    if (link.connection == 0 || network_.is_open(link.connection)) continue;
    if (link.used) ++closed_;
    for (Call& call : calls_) {
      if (call.connection != link.connection) continue;
      call.connection = 0;
      call.due = network_.now() + kRetryBackoff;
    }
    link = {.retry_at = network_.now() + milliseconds{rng_.below(100)}};
    want_metadata();
  }
}

bool Client::is_connected() const {
  return std::ranges::any_of(links_, [this](Link const& link) {
    return link.connection != 0 && network_.is_open(link.connection);
  });
}

Network::Connection Client::connection_to(int broker) {
  Link& link = links_[static_cast<std::size_t>(broker)];
  if (link.connection != 0) return link.connection;
  if (network_.now() < link.retry_at) return 0;
  link.connection = network_.connect(process_, broker);
  if (link.connection == 0) {
    link.retry_at = network_.now() + link.backoff;
    link.backoff = std::min(link.backoff * 2, kReconnectMax);
    want_metadata();
  }
  return link.connection;
}

int Client::broker_of(Target const& target) {
  switch (target.kind) {
    case Target::Kind::kLeader:
      return view_.leaders[target.place.index()];
    case Target::Kind::kTransactionCoordinator:
      return view_.transaction_coordinators[target.slot];
    case Target::Kind::kAny:
      break;
  }
  return static_cast<int>(rng_.below(kBrokers));
}

void Client::send(Call& call) {
  int const broker = broker_of(call.target);
  if (broker < 0) return want_metadata();
  call.connection = connection_to(broker);
  if (call.connection == 0) return;
  links_[static_cast<std::size_t>(broker)].used = true;
  ++call.attempt;
  network_.send(call.connection, [this_client = this, &network = network_, &cluster = cluster_,
                                  broker, connection = call.connection, number = call.number,
                                  attempt = call.attempt, request = call.request] {
    cluster.handle(broker, request, [=, &network](Response const& response) {
      // The network drops an answer once the client has closed the connection.
      network.answer(connection, [this_client, number, attempt, response] {
        this_client->take(number, attempt, response);
      });
    });
  });
  if (call.request.api == Api::kEndTxn && call.request.commit) {
    network_.note_commit_request(call.connection);
  }
}

void Client::take(std::uint64_t number, std::uint64_t attempt, Response const& response) {
  auto const call = std::ranges::find(calls_, number, &Call::number);
  if (call == calls_.end() || call->attempt != attempt) return;
  bool const transactional = !call->request.transactional_id.empty();
  auto const severity = severity_of(call->request.api, response.error, transactional);
  if (severity == Severity::kRetriable && (!call->until || network_.now() < *call->until)) {
    call->connection = 0;
    call->due = network_.now() + (call->until ? kLimitedBackoff : kRetryBackoff);
    if (response.error != kConcurrentTransactions) want_metadata();
    return;
  }
  Done const done = std::move(call->done);
  calls_.erase(call);
  done(response);
}

void Client::want_metadata() {
  if (!refresh_at_) refresh_at_ = network_.now() + milliseconds{5 + rng_.below(100)};
}

/// Any broker that can be reached knows the truth, as far as this model goes.
void Client::refresh_metadata() {
  refresh_at_.reset();
  view_ = cluster_.view();
}

}  // namespace k2::simulation::kafka
