#include "bench/bare_kafka.hpp"

#include "bench/frame_source.hpp"
#include "io/clock.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace k2::bench {
namespace {

void set(rd_kafka_conf_t* settings, std::string const& name, std::string const& value) {
  std::array<char, 256> why{};
  if (rd_kafka_conf_set(settings, name.c_str(), value.c_str(), why.data(), why.size()) !=
      RD_KAFKA_CONF_OK) {
    throw std::runtime_error(why.data());
  }
}

std::int64_t micros(UtcTime time) {
  return time.time_since_epoch().count();
}

}  // namespace

BareKafka::BareKafka(BareKafkaOptions const& options) {
  rd_kafka_conf_t* const settings = rd_kafka_conf_new();
  // The settings equal K2's own, except for transactions.
  for (auto const& [name, value] : std::initializer_list<std::pair<char const*, std::string>>{
           {"bootstrap.servers", options.servers},
           {"enable.idempotence", "true"},
           {"compression.codec", "lz4"},
           {"linger.ms", options.linger_ms},
           {"retry.backoff.ms", "20"},
           {"batch.size", "524288"},
           {"queue.buffering.max.kbytes", "32768"},
           {"partitioner", "murmur2"}}) {
    set(settings, name, value);
  }
  rd_kafka_conf_set_dr_msg_cb(settings, &BareKafka::on_report);
  rd_kafka_conf_set_opaque(settings, this);
  std::array<char, 256> why{};
  producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, settings, why.data(), why.size());
  if (producer_ == nullptr) throw std::runtime_error(why.data());
  topic_ = rd_kafka_topic_new(producer_, options.topic.c_str(), nullptr);
  for (std::size_t number = 0; number < options.symbols; ++number) {
    SymbolIndex const index{static_cast<std::uint32_t>(number)};
    auto const symbol = Symbol::parse(symbol_name(number, options.symbols)).value();
    encoder_.add_symbol(index, symbol, "USDT");
    symbols_.emplace(symbol.text(), index);
  }
}

BareKafka::~BareKafka() {
  if (topic_ != nullptr) rd_kafka_topic_destroy(topic_);
  if (producer_ != nullptr) rd_kafka_destroy(producer_);
}

void BareKafka::on_report(rd_kafka_t* /*producer*/, rd_kafka_message_t const* message, void* self) {
  auto& kafka = *static_cast<BareKafka*>(self);
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) ++kafka.failed_;
  auto const received =
      static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(message->_private));
  kafka.latencies_us_.push_back(micros(io::read_clock().utc) - received);
}

void BareKafka::produce(TradeMembers const& members, UtcTime received) {
  name_.assign(members.symbol);
  UtcTime const traded{std::chrono::microseconds{static_cast<std::int64_t>(members.time)}};
  Trade const trade{.symbol = symbols_.at(name_),
                    .side = members.buyer_is_maker ? Side::kSell : Side::kBuy,
                    .id = TradeId{members.id},
                    .price = Price::parse(members.price).value(),
                    .quantity = Quantity::parse(members.quantity).value(),
                    .traded_at = traded,
                    .event_at = traded,
                    .received_at = received};
  value_.assign("\0\0\0\0\1", 5);
  encoder_.append(trade, ++produced_, value_);
  auto* const opaque = reinterpret_cast<void*>(static_cast<std::uintptr_t>(micros(received)));
  while (rd_kafka_produce(topic_, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value_.data(),
                          value_.size(), name_.data(), name_.size(), opaque) != 0) {
    if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      throw std::runtime_error(rd_kafka_err2str(rd_kafka_last_error()));
    }
    rd_kafka_poll(producer_, 10);
  }
}

void BareKafka::flush() {
  constexpr int kPatienceMs = 30'000;
  auto const code = rd_kafka_flush(producer_, kPatienceMs);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR || failed_ > 0) {
    throw std::runtime_error("not everything was acknowledged");
  }
}

std::int64_t BareKafka::latency_us(double share) {
  if (latencies_us_.empty()) return 0;
  auto const at = static_cast<std::ptrdiff_t>(share * static_cast<double>(latencies_us_.size()));
  auto const found = latencies_us_.begin() + at;
  std::ranges::nth_element(latencies_us_, found);
  return *found;
}

}  // namespace k2::bench
