#include "app/cmd_verify.hpp"

#include "app/data_dir.hpp"
#include "app/kafka_config.hpp"
#include "app/progress.hpp"
#include "app/version.hpp"
#include "core/iso_time.hpp"
#include "core/printable.hpp"
#include "tools/verify/report_text.hpp"
#include "tools/verify/verification.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

namespace k2::app {
namespace {

/// Something could not be checked.
constexpr int kExitUnknown = 3;

constexpr char const* kAbout =
    "Prove that a data directory or a topic holds every trade exactly once, in order, unaltered";

constexpr char const* kMeaning =
    R"(Held against --ledger, --official, --against or --against-topic, a trade is
  missing       when the source has its id and the store has not. That includes ids before the
                first and behind the last stored one, but for --from-first-stored, --to-last-stored
  declared      the same, when the store's own table of gaps has it (a defect too, unless
                --accept-declared: it was published and is not there)
  altered       when price, quantity, time or side differ; times are compared in milliseconds
                where one side knows no better
  contradictory when the source itself has the id twice, with different values
  unexpected    when the store has its id and the source has not (with --official only of the
                days that the files are named after, and between a file's first and last id; what
                lies beyond is counted as outside)
Alone, every id from a tape's first one to its position must be there or be declared; ids in open
gaps are a defect unless --accept-declared.
A tape that was restarted (`k2 ctl restart-tape`) is a line for each generation: BTCUSDT, then
BTCUSDT-g1, and so on. A ledger or an official file is compared with one of them.
Always: duplicate (an id stored again), out of order (below an earlier one, without the condition
LATE or without a declared gap), late, backfilled, blocks that fail their checksum, overlap or lack
a neighbour, records whose own ids disagree, and positions that do not match the records.

The last table lists what was checked of each tape. The verdict is CLEAN when all that was to be
checked was checked and nothing is wrong; UNKNOWN when nothing is known to be wrong and something
could not be checked: a cut file, a file without trades or of another day, records behind an open
transaction.
Exit code: 0 only when CLEAN, 1 when NOT CLEAN or when reading failed, 2 for wrong usage, 3 when
UNKNOWN.)";

struct Arguments {
  std::vector<std::string> ledgers;
  std::vector<std::string> officials;
  std::string against;
  std::string against_topic;
  std::string symbol;
  verify::Window window;
  std::optional<std::uint32_t> generation;
  bool from_first_stored = false;
  bool to_last_stored = false;
  bool accept_declared = false;
  bool json = false;
  bool kafka = false;
};

/// One line on the terminal, rewritten a few times a second; nothing when stderr is no terminal.
class ProgressLine {
 public:
  void show(verify::Progress const& progress) {
    auto const now = std::chrono::steady_clock::now();
    if (!terminal_ || now - shown_ < std::chrono::milliseconds{250}) return;
    shown_ = now;
    std::cerr << fmt::format("\r\x1b[Kverifying, pass {}: {} of {} records, {} of the source",
                             progress.pass, with_commas(progress.records_read),
                             with_commas(progress.records), with_commas(progress.source_read))
              << std::flush;
    drawn_ = true;
  }
  void clear() {
    if (drawn_) std::cerr << "\r\x1b[K" << std::flush;
    drawn_ = false;
  }

 private:
  bool terminal_ = isatty(STDERR_FILENO) != 0;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point shown_ = std::chrono::steady_clock::now();
};

std::vector<verify::SourcePlace> places_of(Arguments const& arguments) {
  std::vector<verify::SourcePlace> places;
  places.reserve(arguments.ledgers.size() + arguments.officials.size() + 1);
  for (auto const& path : arguments.ledgers) {
    places.push_back({verify::Against::kLedger, path, {}});
  }
  for (auto const& path : arguments.officials) {
    auto symbol = arguments.symbol.empty() ? verify::symbol_of_file(path) : arguments.symbol;
    if (symbol.empty()) {
      throw CLI::ValidationError{"--official", path +
                                                   " does not begin with SYMBOL-trades-: name "
                                                   "the symbol with --symbol"};
    }
    places.push_back({verify::Against::kOfficial, path, std::move(symbol)});
  }
  if (!arguments.against.empty()) {
    places.push_back({verify::Against::kJournal, arguments.against, {}});
  }
  return places;
}

int run(Flags const& flags, Arguments const& arguments) {
  auto sources = places_of(arguments);
  ProgressLine line;
  verify::Request request{
      .sources = std::move(sources),
      .window = arguments.window,
      .generation = arguments.generation,
      .from_first_stored = arguments.from_first_stored,
      .to_last_stored = arguments.to_last_stored,
      .accept_declared = arguments.accept_declared,
      .on_progress = [&line](verify::Progress const& progress) { line.show(progress); }};
  if (arguments.kafka) {
    request.topic = find_topic(flags, "k2 verify");
    if (!request.topic) return kExitUsage;
  } else {
    auto const data_dir = find_data_dir(flags);
    if (!data_dir) return kExitUsage;
    request.data_dir = *data_dir;
  }
  if (!arguments.against_topic.empty()) {
    auto other = find_topic(flags, "k2 verify");
    if (!other) return kExitUsage;
    other->topic = arguments.against_topic;
    request.sources = {{.kind = verify::Against::kTopic, .topic = std::move(other)}};
  }
  auto const report = verify::verify(request);
  line.clear();
  if (!report) {
    std::cerr << "k2 verify: " << printable(report.error().to_string()) << '\n';
    return kExitFailed;
  }
  std::cout << (arguments.json ? verify::report_json(*report, version_number())
                               : verify::report_text(*report));
  switch (report->outcome()) {
    case verify::Outcome::kClean:
      return kExitDone;
    case verify::Outcome::kUnknown:
      return kExitUnknown;
    case verify::Outcome::kNotClean:
      break;
  }
  return kExitFailed;
}

void add_time(CLI::App& command, std::string const& flag, std::string const& meaning,
              UtcTime& into) {
  command.add_option_function<std::string>(
      flag,
      [flag, &into](std::string const& text) {
        auto const time = parse_iso_time(text);
        if (!time) throw CLI::ValidationError{flag, time.error().to_string()};
        into = *time;
      },
      meaning);
}

}  // namespace

void add_verify(CLI::App& app, int& exit_code) {
  auto* const command = app.add_subcommand("verify", kAbout);
  command->footer(kMeaning);
  auto const flags = add_store_flags(*command);
  auto const arguments = std::make_shared<Arguments>();
  command->add_flag("--kafka", arguments->kafka,
                    "Verify the topic, as read_committed readers see it, instead of data_dir");
  auto* const ledger =
      command->add_option("--ledger", arguments->ledgers, "A ledger of `k2 sim --ledger`")
          ->check(CLI::ExistingFile);
  auto* const official =
      command
          ->add_option("--official", arguments->officials,
                       "The exchange's own trades file (csv, zip, gz, zst), named "
                       "SYMBOL-trades-....csv")
          ->check(CLI::ExistingFile)
          ->excludes(ledger);
  auto* const against =
      command->add_option("--against", arguments->against, "Another data directory")
          ->check(CLI::ExistingDirectory)
          ->excludes(ledger)
          ->excludes(official);
  command
      ->add_option("--against-topic", arguments->against_topic,
                   "Another topic at the same brokers: clean only when both hold the same trades")
      ->excludes(ledger)
      ->excludes(official)
      ->excludes(against);
  command->add_option("--symbol", arguments->symbol, "Symbol of the official file")
      ->needs(official);
  command
      ->add_option("--tape-generation", arguments->generation,
                   "The generation of each tape that is compared (0 until `k2 ctl restart-tape`)")
      ->excludes(against);
  add_time(*command, "--since", "Only trades matched from this moment on: ISO 8601, UTC",
           arguments->window.since);
  add_time(*command, "--until", "Only trades matched before this moment", arguments->window.until);
  command->add_flag("--from-first-stored", arguments->from_first_stored,
                    "Do not count ids before a symbol's first stored one as missing");
  command->add_flag("--to-last-stored", arguments->to_last_stored,
                    "Do not count ids behind a symbol's last stored one as missing");
  command->add_flag("--accept-declared", arguments->accept_declared,
                    "Do not count a declared gap as a defect");
  command->add_flag("--json", arguments->json, "Print the report as one JSON object");
  command->callback([flags, arguments, &exit_code] { exit_code = run(*flags, *arguments); });
}

}  // namespace k2::app
