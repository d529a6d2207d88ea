#include "tools/sim/server/sim_server.hpp"

#include "io/line_file.hpp"
#include "tools/sim/generator.hpp"
#include "tools/sim/replay.hpp"
#include "tools/sim/server/file_lines.hpp"
#include "tools/sim/server/loopback_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace k2::sim {
namespace {

using namespace std::chrono_literals;

// The recording of this project through real sockets, as fast as they go.
class SimServerOnLoopback : public testing::Test {
 protected:
  SimServerOnLoopback() {
    std::string pattern = testing::TempDir() + "k2-sim-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~SimServerOnLoopback() override {
    if (thread_.joinable()) thread_.join();
    std::filesystem::remove_all(folder_);
  }

  void start(std::vector<FaultSpec> faults = {}, bool pack = false,
             std::string const& recording = K2_RECORDING) {
    std::vector<std::unique_ptr<Lines>> files;
    files.push_back(std::make_unique<FileLines>(io::LineFile::open(recording).value()));
    source_.emplace(std::move(files), false, symbols_);
    SimulatorOptions simulator;
    simulator.speed.reset();
    simulator.keep_ledger = true;
    simulator.start_when_subscribed = streams_wanted_;
    simulator.faults = std::move(faults);
    simulator_.emplace(simulator, symbols_, *source_);
    SimServerOptions options;
    options.ledger_file = folder_ + "/ledger.csv";
    options.wait_for_clients = true;
    options.exit_when_done = true;
    options.pack_records = pack;
    options.duration = 60s;  // bounds a failing test
    server_.emplace(options, *simulator_);
    ASSERT_TRUE(server_->open().has_value());
    thread_ = std::thread{[this] { ran_ = server_->run().has_value(); }};
  }
  std::string ledger() {
    thread_.join();
    std::ostringstream text;
    text << std::ifstream{folder_ + "/ledger.csv"}.rdbuf();
    return text.str();
  }

  std::string folder_;
  std::size_t streams_wanted_ = 2;
  SymbolTable symbols_;
  std::optional<Replay> source_;
  std::optional<Simulator> simulator_;
  std::optional<SimServer> server_;
  std::thread thread_;
  bool ran_ = false;
};

TEST_F(SimServerOnLoopback, ReplaysTheRecordingByteForByteAndWritesItsLedger) {
  start();
  Client client{server_->port(), "/stream?streams=btcusdt@trade/ethusdt@trade"};
  EXPECT_EQ(client.status(), 101);
  auto recording = io::LineFile::open(K2_RECORDING).value();
  std::string_view line;
  std::size_t count = 0;
  while (recording.next(line).value()) {
    ASSERT_EQ(client.next_text(), line);
    ++count;
  }
  EXPECT_EQ(count, 34'419U);
  EXPECT_EQ(client.next_text(), "");
  EXPECT_EQ(client.close_code(), 1001);
  std::string const text = ledger();
  EXPECT_TRUE(ran_);
  EXPECT_EQ(std::ranges::count(text, '\n'), 34'419);
  EXPECT_THAT(text, testing::StartsWith(
                        "BTCUSDT,3735683259,61837.63000000,0.02000000,1723161255342000,true\n"));
}

TEST_F(SimServerOnLoopback, ReplaysEveryStreamOfACombinedRecording) {
  streams_wanted_ = 6;
  start({}, true, K2_COMBINED_RECORDING);
  Client client{server_->port(),
                "/stream?streams=btcusdt@trade/ethusdt@trade/btcusdt@bookTicker/ethusdt@bookTicker/"
                "btcusdt@depth@100ms/ethusdt%40depth%40100ms"};
  auto recording = io::LineFile::open(K2_COMBINED_RECORDING).value();
  std::string_view line;
  std::size_t count = 0;
  while (recording.next(line).value()) {
    ASSERT_EQ(client.next_text(), line);
    ++count;
  }
  EXPECT_EQ(count, 179'316U);
  EXPECT_EQ(client.next_text(), "");
}

TEST_F(SimServerOnLoopback, PackedRecordsCarryTheSameFrames) {
  start({}, true);
  Client client{server_->port(), "/stream?streams=btcusdt@trade/ethusdt@trade"};
  std::size_t count = 0;
  while (!client.next_text().empty()) ++count;
  EXPECT_EQ(count, 34'419U);
}

TEST_F(SimServerOnLoopback, ADroppedClientComesBackAndGetsTheRest) {
  start({parse_fault("drop at-trade=1000 how=fin").value()});
  std::size_t count = 0;
  {
    Client client{server_->port(), "/stream?streams=btcusdt@trade/ethusdt@trade"};
    while (!client.next_text().empty()) ++count;
    EXPECT_EQ(client.close_code(), 0);
  }
  EXPECT_EQ(count, 1000U);
  EXPECT_EQ(std::ranges::count(ledger(), '\n'), 34'419);
}

TEST_F(SimServerOnLoopback, AnswersRequestsOnTheSocket) {
  start();
  Client client{server_->port(), "/ws/0"};
  client.send_text(R"({"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":"a-1"})");
  EXPECT_EQ(client.next_text(), R"({"result":null,"id":"a-1"})");
  Client lost{server_->port(), "/elsewhere"};
  EXPECT_EQ(lost.status(), 404);
  client.send_text(R"({"method":"SUBSCRIBE","params":["ethusdt@trade"],"id":2})");
  EXPECT_EQ(client.next_text(), R"({"result":null,"id":2})");
  EXPECT_THAT(client.next_text(), testing::StartsWith(R"({"e":"trade","E":1723161255343,)"));
}

}  // namespace
}  // namespace k2::sim
