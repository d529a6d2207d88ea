#include "app/cmd_gaps.hpp"

#include "app/data_dir.hpp"
#include "app/gap_table.hpp"
#include "core/printable.hpp"
#include "core/symbol.hpp"
#include "io/clock.hpp"
#include "io/journal_reader.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <iostream>
#include <map>

namespace k2::app {
namespace {

constexpr char const* kAbout =
    "Show the declared gaps: ids that could not be fetched in time; delivery continued without "
    "them";

constexpr char const* kMeaning =
    "open      delivery continued without these ids; repair continues while `k2 stream` runs\n"
    "repaired  they were delivered after all, marked LATE\n"
    "venue     the exchange itself does not have them, or keeps nothing this old any more\n"
    "elsewhere another process delivered them into the topic that both share\n"
    "\n"
    "Reads while another process writes. Exit code: 0 for any contents of the table, 1 when it "
    "cannot\n"
    "be read, 2 for wrong usage. For an exit code that judges, see `k2 verify`.";

struct Arguments {
  GapFilter filter;
  std::string state;
  bool json = false;
};

int run(Flags const& flags, Arguments const& arguments) {
  static std::map<std::string, GapState> const states{{"open", GapState::kOpen},
                                                      {"repaired", GapState::kRepaired},
                                                      {"venue", GapState::kVenue},
                                                      {"elsewhere", GapState::kElsewhere}};
  GapFilter filter = arguments.filter;
  if (!filter.symbol.empty()) {
    auto const symbol = Symbol::parse(filter.symbol);
    if (!symbol) throw CLI::ValidationError{"--symbol", symbol.error().to_string()};
    filter.symbol = symbol->text();
  }
  if (!arguments.state.empty()) filter.state = states.at(arguments.state);
  auto const data_dir = find_data_dir(flags);
  if (!data_dir) return kExitUsage;
  auto reader = io::JournalReader::open(*data_dir);
  if (!reader) {
    std::cerr << "k2 gaps: " << printable(reader.error().to_string()) << '\n';
    return kExitFailed;
  }
  auto const gaps = reader->gaps();
  if (!gaps) {
    std::cerr << "k2 gaps: " << printable(gaps.error().to_string()) << '\n';
    return kExitFailed;
  }
  auto const selected = select_gaps(*gaps, filter);
  UtcTime const now = io::read_clock().utc;
  std::cout << (arguments.json ? gaps_json(selected, now)
                               : printable(gap_table(selected, now), true));
  return kExitDone;
}

}  // namespace

void add_gaps(CLI::App& app, int& exit_code) {
  auto* const command = app.add_subcommand("gaps", kAbout);
  command->footer(kMeaning);
  auto const flags = add_data_dir_flags(*command);
  auto const arguments = std::make_shared<Arguments>();
  command->add_option("--symbol", arguments->filter.symbol, "Show the gaps of this symbol");
  command->add_option("--state", arguments->state, "Show the gaps in this state")
      ->type_name("open|repaired|venue|elsewhere")
      ->check(CLI::IsMember{{"open", "repaired", "venue", "elsewhere"}});
  command->add_flag("--json", arguments->json, "Print one JSON object");
  command->callback([flags, arguments, &exit_code] { exit_code = run(*flags, *arguments); });
}

}  // namespace k2::app
