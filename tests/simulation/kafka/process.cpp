#include "tests/simulation/kafka/process.hpp"

#include "tests/simulation/oracle_failure.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace k2::simulation::kafka {
namespace {

using Kind = sink::DeliveryEvent::Kind;
using std::chrono::seconds;

/// Time that a process delivers its records before it ends.
constexpr seconds kStopPatience{5};
/// Maximum age of a hanging transaction that is a reason to abort. Another process may have just
/// aborted it.
constexpr seconds kHangingRecently{8};

std::string_view name_of(sink::GroupChange::Kind kind) {
  switch (kind) {
    case sink::GroupChange::Kind::kAssigned:
      return "assigned";
    case sink::GroupChange::Kind::kRevoked:
      return "revoked";
    case sink::GroupChange::Kind::kLost:
      return "lost";
  }
  return "";
}

}  // namespace

Process::Process(ProcessOptions options, Network& network, Cluster& cluster,
                 Published const& published, std::uint64_t& transaction_count, EventLog& log,
                 Rng rng)
    : options_(std::move(options)),
      network_(network),
      cluster_(cluster),
      log_(log),
      rng_(rng),
      recorder_(options_.partitions, published, Rng{rng_.next()}),
      context_{.name = options_.name,
               .process = options_.number,
               .partitions = options_.partitions,
               .transactions = options_.transactions,
               .network = network_,
               .cluster = cluster_,
               .recorder = recorder_,
               .transaction_count = transaction_count,
               .life = life_} {}

void Process::start(Now const& now) {
  stop_at_.reset();
  frozen_until_ = mute_until_ = busy_until_ = now.mono;
  ports_.emplace(context_, Rng{rng_.next()});
  driver_.emplace(sink::DriverOptions{.delivery = {.journal = options_.name,
                                                   .partitions = options_.partitions,
                                                   .standby = options_.standby},
                                      .transactions = options_.transactions},
                  ports_->ports(), *this, recorder_.facts(), now);
  recorder_.start();
  if (options_.standby == sink::Standby::kWarm) {
    recorder_.apply({.all = true, .partitions = {}, .positions = {}});
  }
  log_.say(fmt::format("{} starts with {} records", options_.name, recorder_.trades().size()));
}

void Process::kill(std::size_t lost) {
  end();
  recorder_.lose(lost);
  log_.say(fmt::format("{} dies and loses {} records", options_.name, lost));
}

void Process::damage_journal(std::uint64_t records, std::set<std::string> const& symbols) {
  auto const& trades = recorder_.trades();
  std::uint64_t damaged = 0;
  for (auto at = trades.size(); at > 0 && damaged < records; --at, ++damaged) {
    if (symbols.contains(trades[at - 1].symbol)) recorder_.damage(at, 1);
  }
  log_.say(fmt::format("{} has a damaged block of {} records", options_.name, damaged));
}

/// The product deletes nothing before its first commit, and keeps the last delivered record.
void Process::retire_records() {
  if (!driver_ || driver_->needed_sequence() < 2) return;
  recorder_.retire(driver_->needed_sequence() - 1);
  log_.say(fmt::format("{} deletes records before {}", options_.name, recorder_.first_sequence()));
}

void Process::replace_journal(std::string name) {
  options_.name = std::move(name);
  context_.name = options_.name;
  recorder_.replace();
  log_.say(fmt::format("{} begins with an empty journal", options_.name));
}

void Process::end() {
  driver_.reset();
  ports_.reset();
  stop_at_.reset();
}

void Process::stop(Now const& now) {
  if (!driver_ || stop_at_) return;
  stop_at_ = now.mono + kStopPatience;
  driver_->finish(recorder_.trades().size() + 1);
}

void Process::step(Now const& now) {
  if (!driver_ || now.mono < frozen_until_) return;
  recorder_.record();
  ports_->tick(now.mono < mute_until_);
  if (now.mono < busy_until_) return;
  busy_until_ = now.mono + milliseconds{rng_.chance(0.01) ? rng_.below(800) : rng_.below(8)};
  (void)driver_->step(now);
  if (auto const recording = driver_->take_recording()) recorder_.apply(*recording);
  for (auto const& lost : driver_->take_lost_ids()) recorder_.reopen(lost);
  if (!stop_at_ || (!driver_->finished() && now.mono < *stop_at_)) return;
  ports_->leave();
  end();
  log_.say(fmt::format("{} leaves", options_.name));
}

void Process::on_event(sink::DeliveryEvent const& event) {
  switch (event.kind) {
    case Kind::kConnected:
      return log_.say(fmt::format("{} has a producer", options_.name));
    case Kind::kGroupChanged:
      ++rebalances_;
      return log_.say(fmt::format("{}: the group has {} {}", options_.name,
                                  name_of(event.group.kind),
                                  fmt::join(event.group.partitions, ",")));
    case Kind::kPartitionsLoaded:
      return log_.say(fmt::format("{} owns {} and continues at {}, {} behind", options_.name,
                                  fmt::join(event.partitions, ","), event.next_sequence,
                                  event.behind));
    case Kind::kJournalWentBack:
      return log_.say(fmt::format("{} lacks records that the topic has", options_.name));
    case Kind::kPositionsCorrected:
      for (auto const& [symbol, one] : event.corrected) {
        log_.say(fmt::format("{} corrects the position of {} to {}, {} ranges missing anew",
                             options_.name, symbol, value(one.position.last), one.reopened.size()));
      }
      return;
    case Kind::kAbortingHangingTransactions:
      log_.say(fmt::format("{} aborts hanging transactions of {}", options_.name,
                           fmt::join(event.journals, ",")));
      if (network_.now() - cluster_.last_hanging() > kHangingRecently) {
        throw OracleFailure{"sweep", options_.name + " aborts transactions, and none hangs"};
      }
      return;
    case Kind::kProducerReplaced:
      ++replaced_;
      return log_.say(fmt::format("{} replaces its producer", options_.name));
    case Kind::kFenced:
      return log_.say(fmt::format("{} is fenced: {}", options_.name, event.error.to_string()));
    case Kind::kAborted:
      return log_.say(fmt::format("{} has aborted", options_.name));
    case Kind::kFailed:
      refusals_ += event.error.code == Errc::kConfigInvalid ? 1 : 0;
      return log_.say(fmt::format("{} fails: {}", options_.name, event.error.to_string()));
    case Kind::kRecovered:
      return log_.say(fmt::format("{} has recovered", options_.name));
  }
}

}  // namespace k2::simulation::kafka
