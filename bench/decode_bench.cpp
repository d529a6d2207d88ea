// Measures the cost of a trade from its JSON text on, beside simdjson's parse of the same text:
// decoding by either parser, and decode, sequence and encode together. Items are trades of the
// recording. allocations_per_trade counts operator new once buffers have grown.
#include "bench/trade_members.hpp"
#include "feed/trade_decoder.hpp"
#include "flow/sequencer.hpp"
#include "sink/block.hpp"
#include "tests/support/recording.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <new>
#include <string>
#include <vector>

namespace {
std::uint64_t allocations = 0;
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace k2::bench {
namespace {

constexpr UtcTime kReceived{std::chrono::microseconds{1'723'161'255'000'000}};

std::vector<std::string_view> const& frames() {
  static std::string const text = [] {
    std::string loaded =
        support::read_text(std::string{K2_DATA_DIR "/"}.append(support::kTradeFrames));
    loaded.reserve(loaded.size() + 64);  // the slack behind the last frame
    return loaded;
  }();
  static std::vector<std::string_view> const lines = support::lines_of(text);
  return lines;
}

SymbolTable const& symbols() {
  static SymbolTable const table = [] {
    SymbolTable made;
    made.add(Symbol::parse("BTCUSDT").value());
    made.add(Symbol::parse("ETHUSDT").value());
    return made;
  }();
  return table;
}

void report(benchmark::State& state, std::uint64_t allocated) {
  auto const items = static_cast<double>(state.iterations()) * static_cast<double>(frames().size());
  state.SetItemsProcessed(static_cast<std::int64_t>(items));
  state.counters["allocations_per_trade"] = static_cast<double>(allocated) / items;
}

void parse_alone(benchmark::State& state) {
  simdjson::ondemand::parser parser;
  TradeMembers trade;
  for (auto const frame : frames()) (void)parse_members(parser, frame, trade);
  auto const before = allocations;
  for (auto _ : state) {
    for (auto const frame : frames()) {
      if (!parse_members(parser, frame, trade)) state.SkipWithError("a frame was not parsed");
      benchmark::DoNotOptimize(trade);
    }
  }
  report(state, allocations - before);
}
BENCHMARK(parse_alone)->Unit(benchmark::kMillisecond);

void decode_fast(benchmark::State& state) {
  feed::TradeDecoder decoder{symbols()};
  Trade trade;
  auto const before = allocations;
  for (auto _ : state) {
    for (auto const frame : frames()) {
      if (decoder.decode(frame, kReceived, trade) != feed::FrameKind::kTrade) {
        state.SkipWithError("a frame was not decoded");
      }
      benchmark::DoNotOptimize(trade);
    }
  }
  report(state, allocations - before);
}
BENCHMARK(decode_fast)->Unit(benchmark::kMillisecond);

void decode_any_shape(benchmark::State& state) {
  feed::TradeDecoder decoder{symbols()};
  Trade trade;
  auto const before = allocations;
  for (auto _ : state) {
    for (auto const frame : frames()) {
      if (decoder.decode_any_shape(frame, kReceived, trade) != feed::FrameKind::kTrade) {
        state.SkipWithError("a frame was not decoded");
      }
      benchmark::DoNotOptimize(trade);
    }
  }
  report(state, allocations - before);
}
BENCHMARK(decode_any_shape)->Unit(benchmark::kMillisecond);

/// The whole data path of a trade in memory: decode, sequence, encode into blocks.
class Road {
 public:
  Road() {
    accepted_.reserve(16);
    for (std::uint32_t index = 0; index < symbols().size(); ++index) {
      builder_.add_symbol(SymbolIndex{index}, symbols()[SymbolIndex{index}], "USDT");
    }
    builder_.take(block_);
  }

  /// A lap over the recording; false when a trade was not accepted.
  [[nodiscard]] bool lap() {
    flow::Sequencer sequencer{flow::SequencerOptions{}};
    for (std::uint32_t index = 0; index < symbols().size(); ++index) {
      sequencer.add_symbol(SymbolIndex{index}, std::nullopt, {});
    }
    auto const before = allocations;
    bool all = true;
    Trade trade;
    for (auto const frame : frames()) {
      all &= decoder_.decode(frame, kReceived, trade) == feed::FrameKind::kTrade;
      all &= sequencer.on_trade(trade, MonoTime{}, accepted_) == flow::Verdict::kAccepted;
      for (Trade const& one : accepted_) {
        builder_.append(one);
        if (builder_.full()) builder_.take(block_);
      }
      accepted_.clear();
    }
    allocated_ = allocations - before;
    return all;
  }

  [[nodiscard]] std::uint64_t allocated() const noexcept { return allocated_; }

 private:
  feed::TradeDecoder decoder_{symbols()};
  sink::BlockBuilder builder_{1};
  sink::Block block_;
  std::vector<Trade> accepted_;
  std::uint64_t allocated_ = 0;
};

void decode_sequence_encode(benchmark::State& state) {
  Road road;
  (void)road.lap();
  std::uint64_t allocated = 0;
  for (auto _ : state) {
    if (!road.lap()) state.SkipWithError("a trade was not accepted");
    allocated += road.allocated();
  }
  report(state, allocated);
}
BENCHMARK(decode_sequence_encode)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace k2::bench

BENCHMARK_MAIN();
