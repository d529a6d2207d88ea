// One process of the group in a simulated world: the product's sink::DeliveryDriver over the ports
// of the simulated cluster, a recorder in the place of the shard, and everything that can happen to
// a process. It decides nothing of delivery.
#pragma once

#include "core/rng.hpp"
#include "sink/delivery_driver.hpp"
#include "tests/simulation/event_log.hpp"
#include "tests/simulation/kafka/ports.hpp"
#include "tests/simulation/kafka/recorder.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>

namespace k2::simulation::kafka {

struct ProcessOptions {
  std::string name;
  /// The place of the process in the network.
  int number = 0;
  std::int32_t partitions = 1;
  sink::Standby standby = sink::Standby::kCold;
  /// Exactly once; at least once without.
  bool transactions = true;
};

class Process final : public sink::DeliveryObserver {
 public:
  /// `transaction_count` numbers the transactions of all processes.
  Process(ProcessOptions options, Network& network, Cluster& cluster, Published const& published,
          std::uint64_t& transaction_count, EventLog& log, Rng rng);

  /// Does what is due.
  void step(Now const& now);

  void start(Now const& now);
  /// Dies immediately; what it recorded stays, except for the newest `lost` records.
  void kill(std::size_t lost);
  /// Delivers what it has, leaves the group and ends; without patience after a few seconds.
  void stop(Now const& now);
  /// Stops until then (SIGSTOP).
  void freeze_until(MonoTime when) { frozen_until_ = when; }
  /// The group receives nothing from it until then, while everything else works.
  void mute_until(MonoTime when) { mute_until_ = when; }
  /// Damages up to this many of its newest records, those of `symbols` only.
  void damage_journal(std::uint64_t records, std::set<std::string> const& symbols);
  /// Deletes its oldest records, all that it need not deliver any more.
  void retire_records();
  /// Replaces its lost data directory: it continues with a new journal under this name. Not while
  /// it runs.
  void replace_journal(std::string name);
  void set_rest(bool works) noexcept { recorder_.set_rest(works); }

  [[nodiscard]] bool is_running() const noexcept { return driver_.has_value(); }
  [[nodiscard]] bool is_stopping() const noexcept { return stop_at_.has_value(); }
  [[nodiscard]] std::string const& name() const noexcept { return options_.name; }
  [[nodiscard]] int number() const noexcept { return options_.number; }
  [[nodiscard]] std::uint64_t dead_letters() const noexcept { return recorder_.dead_letters(); }
  [[nodiscard]] std::uint64_t reopened() const noexcept { return recorder_.reopened(); }
  [[nodiscard]] std::uint64_t rebalances() const noexcept { return rebalances_; }
  /// Counts failures that somebody has to end (kafka.failing).
  [[nodiscard]] std::uint64_t refusals() const noexcept { return refusals_; }
  [[nodiscard]] std::uint64_t replaced_producers() const noexcept { return replaced_; }

  void on_event(sink::DeliveryEvent const& event) override;
  void on_committed(std::span<UtcTime const> /*received*/, UtcTime /*now*/) override {}

 private:
  void end();

  ProcessOptions options_;
  Network& network_;
  Cluster& cluster_;
  EventLog& log_;
  Rng rng_;
  Recorder recorder_;
  std::uint64_t life_ = 0;
  PortContext context_;
  MonoTime frozen_until_{};
  MonoTime mute_until_{};
  MonoTime busy_until_{};
  std::optional<MonoTime> stop_at_;
  std::uint64_t rebalances_ = 0;
  std::uint64_t replaced_ = 0;
  std::uint64_t refusals_ = 0;

  // A life.
  std::optional<SimulatedPorts> ports_;
  std::optional<sink::DeliveryDriver> driver_;
};

}  // namespace k2::simulation::kafka
