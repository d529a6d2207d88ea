// A model of librdkafka's transactional producer, version 2.0.2: it registers partitions with the
// transaction coordinator, sends the records of each partition with sequence numbers, and repeats
// requests over new connections. Without a transactional id it is an idempotent producer. It
// classifies errors and decides nothing else.
#pragma once

#include "core/result.hpp"
#include "tests/simulation/kafka/client.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace k2::simulation::kafka {

/// The identity of a member of the consumer group.
struct MemberIdentity {
  std::string member;
  std::uint64_t generation = 0;
};

class Producer {
 public:
  /// Time that a record may wait for its acknowledgement within a transaction. Source: librdkafka
  /// 2.0.2, message.timeout.ms is at most transaction.timeout.ms.
  static constexpr milliseconds kRecordTimeout{10'000};
  /// Time that one call into librdkafka may block; it repeats TxnOffsetCommit for as long. Source:
  /// io/kafka_producer.
  static constexpr milliseconds kCallTime{500};

  /// An empty `transactional_id` is none. `transactions` numbers the transactions of all producers.
  Producer(std::string transactional_id, int process, Network& network, Cluster& cluster, Rng rng,
           std::uint64_t& transactions);

  // Requests; the same function is called again until its outcome is there.
  [[nodiscard]] Result<sink::Progress> init();
  [[nodiscard]] Result<sink::Progress> send_offsets(MemberIdentity const& member,
                                                    std::vector<std::int32_t> const& partitions);
  [[nodiscard]] Result<sink::Progress> flush();
  [[nodiscard]] Result<sink::Progress> commit();
  [[nodiscard]] Result<sink::Progress> abort();

  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Result<void> produce(Place place, Record record);

  /// Time has passed.
  void tick();
  [[nodiscard]] bool can_abort() const noexcept {
    return severity_ == Severity::kAbortable || severity_ == Severity::kNeedsEpoch;
  }
  /// True when a connection that had carried requests has closed since init().
  [[nodiscard]] bool is_ambiguous() const noexcept {
    return client_.closed_connections() != closed_at_init_;
  }
  [[nodiscard]] std::int32_t epoch() const noexcept { return epoch_; }
  [[nodiscard]] std::uint64_t transaction() const noexcept { return transaction_; }

 private:
  struct Partition {
    std::vector<Record> queue;
    std::int32_t next_sequence = 0;
    bool registered = false;
    bool in_flight = false;
    MonoTime sent{};
  };
  /// A request whose outcome the caller waits for.
  struct Operation {
    Api api = Api::kInitProducerId;
    std::uint64_t number = 0;
    bool done = false;
    ErrorCode error = ErrorCode::kNone;
  };

  [[nodiscard]] bool is_transactional() const noexcept { return !transactional_id_.empty(); }
  [[nodiscard]] Request request(Api api) const;
  void start(Request request, std::function<void(Response const&)> on_success,
             std::optional<MonoTime> until = {});
  [[nodiscard]] Result<sink::Progress> outcome();
  [[nodiscard]] Result<sink::Progress> renew_epoch();
  void take_identity(Response const& response);
  void register_partitions();
  void send_records(Place place, Partition& partition);
  void check_record_timeouts();
  void check_topics();
  [[nodiscard]] bool has_unacknowledged() const;
  void fail(Api api, ErrorCode code);
  [[nodiscard]] Error error() const;
  void finish_transaction();

  std::string transactional_id_;
  Network& network_;
  Client client_;
  std::uint64_t& transactions_;
  /// Repeating TxnOffsetCommit has a limit.
  bool limited_;

  std::int64_t producer_ = -1;
  std::int32_t epoch_ = -1;
  std::uint64_t closed_at_init_ = 0;
  std::uint64_t transaction_ = 0;
  std::map<Place, Partition> partitions_;
  /// Something was registered with the coordinator: the transaction has to be ended there.
  bool registered_ = false;
  bool registering_ = false;
  std::optional<Operation> operation_;
  std::uint64_t operations_ = 0;
  Severity severity_ = Severity::kNone;
  Api failed_api_ = Api::kProduce;
  ErrorCode code_ = ErrorCode::kNone;
  /// The local name of an error that no broker reported.
  char const* local_error_ = nullptr;
};

}  // namespace k2::simulation::kafka
