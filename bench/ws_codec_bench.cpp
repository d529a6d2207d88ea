// Measures the WebSocket codec's cost per frame: the decoder on trade-sized text frames as a client
// sees them (unmasked) and as a server does (masked), beside a plain memcpy of the same bytes, and
// the encoder in both roles. Items are frames.
#include "core/utf8.hpp"
#include "core/ws/decoder.hpp"
#include "core/ws/encoder.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

namespace k2::ws {
namespace {

constexpr std::size_t kBatch = 64;  // frames a read, as TLS delivers them in a burst

std::string batch_of(Role writer, std::size_t payload_bytes) {
  std::string const payload(payload_bytes, '7');
  std::string bytes;
  for (std::size_t i = 0; i < kBatch; ++i) {
    append_frame(writer, Opcode::kText, payload, 0x37FA213D, bytes);
  }
  return bytes;
}

void decode(benchmark::State& state, Role reader) {
  auto const writer = reader == Role::kClient ? Role::kServer : Role::kClient;
  auto const bytes = batch_of(writer, static_cast<std::size_t>(state.range(0)));
  ReceiveBuffer buffer;
  Decoder decoder{reader, std::size_t{1} << 20U};
  Message message;
  for (auto _ : state) {
    auto const space = buffer.writable(bytes.size());
    std::memcpy(space.data(), bytes.data(), bytes.size());
    buffer.commit(bytes.size());
    std::size_t frames = 0;
    while (decoder.next(buffer, message) == DecodeStatus::kMessage) {
      benchmark::DoNotOptimize(message.payload.data());
      ++frames;
    }
    if (frames != kBatch) state.SkipWithError("frames are missing");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}

void decode_as_client(benchmark::State& state) {
  decode(state, Role::kClient);
}
void decode_as_server(benchmark::State& state) {
  decode(state, Role::kServer);
}

void copy_only(benchmark::State& state) {
  auto const bytes = batch_of(Role::kServer, static_cast<std::size_t>(state.range(0)));
  ReceiveBuffer buffer;
  for (auto _ : state) {
    auto const space = buffer.writable(bytes.size());
    std::memcpy(space.data(), bytes.data(), bytes.size());
    benchmark::DoNotOptimize(space.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}

void encode(benchmark::State& state, Role writer) {
  std::string const payload(static_cast<std::size_t>(state.range(0)), '7');
  std::string out;
  for (auto _ : state) {
    out.clear();
    for (std::size_t i = 0; i < kBatch; ++i) {
      append_frame(writer, Opcode::kText, payload, 0x37FA213D, out);
    }
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}

void encode_as_client(benchmark::State& state) {
  encode(state, Role::kClient);
}
void encode_as_server(benchmark::State& state) {
  encode(state, Role::kServer);
}

void utf8_check(benchmark::State& state) {
  std::string const text(static_cast<std::size_t>(state.range(0)), '7');
  for (auto _ : state) {
    auto const* data = text.data();
    benchmark::DoNotOptimize(data);
    benchmark::DoNotOptimize(is_utf8({data, text.size()}));
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(copy_only)->Arg(110)->Arg(200);
BENCHMARK(decode_as_client)->Arg(20)->Arg(110)->Arg(200);
BENCHMARK(decode_as_server)->Arg(20)->Arg(110)->Arg(200);
BENCHMARK(encode_as_server)->Arg(110)->Arg(200);
BENCHMARK(encode_as_client)->Arg(110)->Arg(200);
BENCHMARK(utf8_check)->Arg(20)->Arg(110)->Arg(200);

}  // namespace
}  // namespace k2::ws

BENCHMARK_MAIN();
