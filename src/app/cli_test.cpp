// The program itself, as a user meets it: wrong usage ends with code 2 and a text that helps.
#include "io/journal.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/wait.h>

namespace k2::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Outcome {
  int exit_code = -1;
  std::string output;  // stdout and stderr
};

/// Runs `env VARIABLES... k2 arguments` in a shell, away from any k2.toml. Which lines ran is
/// written where the test's own are.
Outcome k2(std::string const& arguments, std::string const& variables = "") {
  std::string const command =
      "cd / && env -i ${LLVM_PROFILE_FILE:+LLVM_PROFILE_FILE=$LLVM_PROFILE_FILE} " + variables +
      " " K2_PROGRAM " " + arguments + " 2>&1 </dev/null";
  Outcome outcome;
  FILE* const pipe = ::popen(command.c_str(), "r");
  std::array<char, 4096> chunk{};
  for (std::size_t size = 0; (size = std::fread(chunk.data(), 1, chunk.size(), pipe)) > 0;) {
    outcome.output.append(chunk.data(), size);
  }
  int const status = ::pclose(pipe);
  if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  return outcome;
}

TEST(Program, TeachesWithHelp) {
  auto const help = k2("--help");
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.output,
              AllOf(HasSubstr("k2 stream --symbols BTCUSDT,ETHUSDT"),
                    HasSubstr("Exit codes: 0 done, 1 failed, 2 wrong usage"), HasSubstr("config")));
  EXPECT_EQ(k2("config --help").exit_code, 0);
}

TEST(Program, SaysItsVersion) {
  auto const version = k2("--version");
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.output, testing::MatchesRegex("k2 [0-9]+\\.[0-9]+\\.[0-9]+ \\(.*\\)\n"));
}

TEST(Program, ExitsWith2AndHelpsWhenItIsUsedWrongly) {
  struct Case {
    char const* arguments;
    char const* variables;
    char const* help;
  };
  for (auto const& [arguments, variables, help] : {
           Case{"", "", "name a command"},
           Case{"confgi", "", "did you mean 'config'?"},
           Case{"config --symbol BTCUSDT", "", "did you mean '--symbols'?"},
           Case{"config --symbol=BTCUSDT", "", "did you mean '--symbols'?"},
           Case{"config --symbols", "", "--symbols"},
           Case{"config surplus", "", "Try: k2 config --help"},
           Case{"config --json --markdown", "", "excludes"},
           Case{"config --config /no/such/file", "", "'/no/such/file' cannot be read"},
           Case{"config", "K2_CONFIG=/no/such/file", "'/no/such/file' cannot be read"},
           Case{"config --gap-patience-seconds 0", "", "is outside 1..86400 s"},
           Case{"config", "K2_GAP_PATIENCE_SECONDS=x",
                "gap_patience_seconds (from K2_GAP_PATIENCE"},
           Case{"config", "K2_GAP_PATIENCE=1", "did you mean 'K2_GAP_PATIENCE_SECONDS'?"},
           Case{"strem", "", "did you mean 'stream'?"},
           Case{"stream", "", "name symbols, for example --symbols BTCUSDT,ETHUSDT"},
           Case{"stream --symbols BTC/USDT", "", "a forbidden character: BTC/USDT"},
           Case{"stream --symbols BTCUSDT --datadir x", "", "did you mean '--data-dir'?"},
           Case{"stream --symbols BTCUSDT --stream-url https://h", "", "wss:// or ws://"},
           Case{"sim --prot 3", "", "did you mean '--port'?"},
           Case{"sim --speed fast", "", "--speed"},
           Case{"sim --fault 'halt symbols=XRPUSDT'", "", "there is no symbol 'XRPUSDT' here"},
           Case{"verify", "K2_DATA_DIR=/no/such", "'/no/such' (from K2_DATA_DIR); name one with "},
           Case{"verify --ledgr x", "", "did you mean '--ledger'?"},
           Case{"export", "", "--format"},
           Case{"export --format csv --data-dir /no/such", "", "(from --data-dir)"},
           Case{"gaps --data-dir /no/such", "", "there is no data directory '/no/such'"},
           Case{"gaps --state closed", "", "open"},
           Case{"config --sink kafak", "", "did you mean 'kafka'?"},
       }) {
    auto const outcome = k2(arguments, variables);
    EXPECT_EQ(outcome.exit_code, 2) << arguments << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(help)) << arguments;
  }
}

TEST(Program, ShowsTheConfigurationInForce) {
  auto const table = k2("config --symbols ethusdt", "K2_DATA_DIR=/var/lib/k2");
  EXPECT_EQ(table.exit_code, 0);
  EXPECT_THAT(table.output, AllOf(testing::ContainsRegex("binance.symbols +ETHUSDT +--symbols\n"),
                                  testing::ContainsRegex("data_dir +/var/lib/k2 +K2_DATA_DIR\n")));
}

TEST(Program, WarnsOfDrills) {
  auto const drill = k2("config --gap-patience-seconds 0", "K2_ALLOW_DRILLS=1");
  EXPECT_EQ(drill.exit_code, 0);
  EXPECT_THAT(drill.output, HasSubstr("warning: drills are allowed"));
  EXPECT_THAT(k2("config").output, Not(HasSubstr("warning")));
}

/// A journal with one declared gap, in a directory of its own.
std::filesystem::path journal_with_a_gap() {
  auto const directory = std::filesystem::path{testing::TempDir()} / "k2_cli_gaps";
  std::filesystem::remove_all(directory);
  auto journal = io::Journal::open({.data_dir = directory}).value();
  sink::Batch batch;
  batch.gaps.push_back({.symbol = "BTCUSDT",
                        .ids = {TradeId{100}, TradeId{149}},
                        .why = "no longer kept by the exchange",
                        .state = GapState::kVenue,
                        .declared_at = UtcTime{std::chrono::seconds{1'700'000'000}}});
  EXPECT_TRUE(journal->commit({&batch, 1}));
  return directory;
}

TEST(Program, ShowsDeclaredGapsOfTheDataDirectoryThatTheSettingsName) {
  auto const directory = journal_with_a_gap();
  auto const variables = "K2_DATA_DIR=" + directory.string();
  auto const table = k2("gaps", variables);
  EXPECT_EQ(table.exit_code, 0) << table.output;
  EXPECT_THAT(table.output, testing::ContainsRegex(
                                "BTCUSDT +100 +149 +50 +venue .* no longer kept by the exchange"));
  EXPECT_THAT(k2("gaps --json", variables).output, HasSubstr("\"last\": 149"));
  EXPECT_EQ(k2("gaps --symbol ethusdt", variables).output, "no declared gaps\n");
  EXPECT_EQ(k2("gaps --state open", variables).output, "no declared gaps\n");
  EXPECT_THAT(k2("gaps --symbol btcusdt --state venue", variables).output, HasSubstr("149"));
  EXPECT_THAT(k2("verify", variables).output, HasSubstr("1 venue"));
  EXPECT_EQ(k2("export --format jsonl", variables).exit_code, 0);
  std::filesystem::remove_all(directory);
}

TEST(Program, FailsToShowGapsWhereThereIsNoJournal) {
  auto const outcome = k2("gaps --data-dir /tmp");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.output, HasSubstr("k2 gaps: file_failed"));
}

TEST(Program, DoesNotEchoWhatStandsBehindAMistypedFlag) {
  for (char const* const words :
       {"config --proxy-ulr=http://u:hunter2@p:1", "config --proxy-ulr http://u:hunter2@p:1",
        "config --proxy-url=http://p:1 http://u:hunter2@p:1", "config --proxy-ulr hunter"}) {
    auto const outcome = k2(words);
    EXPECT_EQ(outcome.exit_code, 2) << words;
    EXPECT_THAT(outcome.output, Not(HasSubstr("hunter"))) << words;
    EXPECT_THAT(outcome.output, HasSubstr("Try: k2 config --help"));
  }
}

TEST(Program, IgnoresForeignVariables) {
  auto const outcome = k2("config", "K2_PORT=tcp://10.0.0.1:80 K2_IMAGE=k2");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.output, HasSubstr("name no setting: K2_IMAGE, K2_PORT\n"));
}

TEST(SettingsPage, IsWhatTheProgramPrints) {
  std::ifstream file{K2_SOURCE_DIR "/docs/configuration.md"};
  std::string const page{std::istreambuf_iterator<char>{file}, {}};
  EXPECT_EQ(page, k2("config --markdown").output)
      << "run: k2 config --markdown > docs/configuration.md";
}

TEST(SettingsFile, IsTakenAsItWasWritten) {
  test::TempDir const dir;
  auto const file = (dir.path() / "k2.toml").string();
  auto const written =
      k2("config --toml --symbols BTCUSDT,ETHUSDT --sink kafka --lines 2 "
         "--gap-patience-seconds 90 --journal-max-bytes 1000000 --data-dir '/a \"b\\c' > " +
         file);
  EXPECT_EQ(written.exit_code, 0) << written.output;
  auto const read = k2("config --config " + file).output;
  for (char const* const line :
       {"BTCUSDT,ETHUSDT", "kafka", "gap_patience_seconds                   90 ", "1000000",
        "/a \"b\\c"}) {
    EXPECT_THAT(read, HasSubstr(line));
  }
  // All that is commented out is valid as well, but for what has no default.
  std::ifstream commented{file};
  std::ofstream whole{file + ".whole"};
  for (std::string line; std::getline(commented, line);) {
    bool const is_entry = line.starts_with("# ") && line.find(" = ") != line.npos;
    whole << (is_entry && !line.ends_with("\"\"") ? line.substr(2) : line) << '\n';
  }
  whole.close();
  EXPECT_EQ(k2("config --config " + file + ".whole").exit_code, 0)
      << k2("config --config " + file + ".whole").output;
}

TEST(Manual, NamesEveryCommandAndSetting) {
  auto const page = k2("manual").output;
  for (char const* const name : {"k2 stream", "k2 ctl drain", "k2 check", "k2 config"}) {
    EXPECT_THAT(page, HasSubstr(".SS " + std::string{name} + "\n"));
  }
  EXPECT_THAT(page, HasSubstr(".B \\-\\-gap\\-patience\\-seconds\n"));
  EXPECT_THAT(page, HasSubstr("variable K2_KAFKA_BOOTSTRAP_SERVERS."));
  // Readers of roff take no other bytes.
  EXPECT_TRUE(
      std::ranges::all_of(page, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
}

/// The completions that bash offers behind these words.
std::string offered(std::string const& words) {
  auto const script =
      "bash -c 'source <(" K2_PROGRAM " manual --bash-completion); COMP_WORDS=(" + words +
      "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _k2; printf \"%s \" \"${COMPREPLY[@]}\"' 2>&1";
  FILE* const pipe = ::popen(script.c_str(), "r");
  std::array<char, 16384> chunk{};
  std::string output{chunk.data(), std::fread(chunk.data(), 1, chunk.size(), pipe)};
  ::pclose(pipe);
  return output;
}

TEST(Completion, OffersWhatTheProgramTakes) {
  EXPECT_EQ(offered("k2 str"), "stream ");
  EXPECT_THAT(offered("k2 \"\""), AllOf(HasSubstr("verify "), HasSubstr("--version ")));
  EXPECT_EQ(offered("k2 stream --gap"), "--gap-patience-seconds ");
  EXPECT_EQ(offered("k2 stream --symbols BTCUSDT --sink \"\""), "local kafka ");
  EXPECT_EQ(offered("k2 stream --data-dir \"\""), " ");
  EXPECT_EQ(offered("k2 ctl dr"), "drain ");
  EXPECT_EQ(offered("k2 ctl drain --data"), "--data-dir ");
  EXPECT_EQ(offered("k2 export --format \"\""), "csv jsonl avro ");
  EXPECT_EQ(offered("k2 gaps --state \"\""), "open repaired venue elsewhere ");
}

TEST(MetricsPage, IsWhatTheProgramPrints) {
  std::ifstream file{K2_SOURCE_DIR "/docs/metrics.md"};
  std::string const page{std::istreambuf_iterator<char>{file}, {}};
  EXPECT_EQ(page, k2("metrics").output) << "run: k2 metrics > docs/metrics.md";
}

}  // namespace
}  // namespace k2::app
