#include "app/cmd_export.hpp"

#include "app/data_dir.hpp"
#include "app/kafka_config.hpp"
#include "app/progress.hpp"
#include "core/iso_time.hpp"
#include "core/printable.hpp"
#include "core/symbol.hpp"
#include "io/journal_export.hpp"
#include "io/topic_export.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>

namespace k2::app {
namespace {

constexpr char const* kAbout =
    "Write stored trades into one file (csv, JSON lines, Avro), in delivery order";

constexpr char const* kMeaning =
    "csv    a header and the columns symbol, id, price, qty, quoteQty, time (us), isBuyerMaker,\n"
    "       isBestMatch, tape_generation\n"
    "jsonl  one object a line; decimals as text, times in us, event_timestamp 0 when the exchange\n"
    "       sent none\n"
    "avro   an object container, schema inside\n"
    "\n"
    "Layouts:\n"
    "table     flat columns of one type each, which tools open without options (default)\n"
    "official  csv as the exchange's own files have it: no header, and one --symbol, which is not\n"
    "          named\n"
    "trade_v2  jsonl or avro with TradeV2's fields as they are stored, among them the map\n"
    "          vendor_data\n"
    "\n"
    "A file appears whole or not at all; a pipe or a device is written in place. A damaged block, "
    "a\n"
    "hole between blocks or a topic that cannot be read to its end is an error that names ids, "
    "unless\n"
    "--skip-damaged. From a topic (--kafka), each symbol's trades come in order, symbols in any\n"
    "mixture.";

/// One line on the terminal, rewritten a few times a second.
class ExportProgress {
 public:
  void show(std::uint64_t read, std::uint64_t of) {
    auto const now = std::chrono::steady_clock::now();
    if (!terminal_ || now - shown_ < std::chrono::milliseconds{250}) return;
    shown_ = now;
    drawn_ = true;
    std::cerr << fmt::format("\r\x1b[Kexporting: {} of {} records", with_commas(read),
                             with_commas(of))
              << std::flush;
  }
  void clear() const {
    if (drawn_) std::cerr << "\r\x1b[K" << std::flush;
  }

 private:
  bool terminal_ = isatty(STDERR_FILENO) != 0;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point shown_ = std::chrono::steady_clock::now();
};

struct Arguments {
  io::ExportRequest request;
  std::string from;
  std::string to;
  std::string out = "-";
  bool kafka = false;
};

UtcTime time_of(std::string const& flag, std::string const& text, UtcTime otherwise) {
  if (text.empty()) return otherwise;
  auto const time = parse_iso_time(text);
  if (!time) throw CLI::ValidationError{flag, time.error().detail};
  return *time;
}

/// Refuses a layout that the format does not have.
void check_layout(io::ExportRequest const& request) {
  bool const is_csv = request.format == io::ExportFormat::kCsv;
  if (request.layout == io::ExportLayout::kOfficial && !is_csv) {
    throw CLI::ValidationError{"--layout", "official is a layout of csv"};
  }
  if (request.layout == io::ExportLayout::kTradeV2 && is_csv) {
    throw CLI::ValidationError{"--layout", "trade_v2 is a layout of jsonl and avro"};
  }
  if (request.layout == io::ExportLayout::kOfficial && request.symbols.size() != 1) {
    throw CLI::ValidationError{
        "--layout", "official names no symbol: give exactly one with --symbol, or use table"};
  }
}

io::ExportRequest request_of(Arguments const& arguments) {
  io::ExportRequest request = arguments.request;
  request.out = arguments.out;
  request.from = time_of("--from", arguments.from, request.from);
  request.to = time_of("--to", arguments.to, request.to);
  for (std::string& symbol : request.symbols) {
    auto const parsed = Symbol::parse(symbol);
    if (!parsed) throw CLI::ValidationError{"--symbol", parsed.error().to_string()};
    symbol = parsed->text();
  }
  check_layout(request);
  return request;
}

int run(Flags const& flags, Arguments const& arguments) {
  io::ExportRequest request = request_of(arguments);
  std::optional<io::KafkaOptions> topic;
  if (arguments.kafka) {
    topic = find_topic(flags, "k2 export");
    if (!topic) return kExitUsage;
  } else {
    auto const data_dir = find_data_dir(flags);
    if (!data_dir) return kExitUsage;
    request.data_dir = *data_dir;
  }
  ExportProgress progress;
  request.on_progress = [&progress](std::uint64_t read, std::uint64_t of) {
    progress.show(read, of);
  };
  auto const outcome = topic ? io::export_topic(*topic, request) : io::export_journal(request);
  progress.clear();
  if (!outcome) {
    std::cerr << "k2 export: " << printable(outcome.error().to_string()) << '\n';
    return kExitFailed;
  }
  std::cerr << fmt::format("k2 export: {} trades", with_commas(outcome->records));
  if (arguments.out != "-") std::cerr << " into " << arguments.out;
  if (outcome->damaged > 0) {
    std::cerr << fmt::format("; {} damaged {} left out", outcome->damaged,
                             topic ? "records" : "blocks");
  }
  if (outcome->holes > 0) std::cerr << fmt::format("; {} holes", outcome->holes);
  std::cerr << '\n';
  for (std::string const& hole : outcome->holes_text) std::cerr << "  " << printable(hole) << '\n';
  return kExitDone;
}

}  // namespace

void add_export(CLI::App& app, int& exit_code) {
  static std::map<std::string, io::ExportFormat> const formats{
      {"csv", io::ExportFormat::kCsv},
      {"jsonl", io::ExportFormat::kJsonLines},
      {"avro", io::ExportFormat::kAvro}};
  static std::map<std::string, io::AvroCodec> const codecs{{"none", io::AvroCodec::kNone},
                                                           {"deflate", io::AvroCodec::kDeflate},
                                                           {"zstd", io::AvroCodec::kZstd}};
  static std::map<std::string, io::ExportLayout> const layouts{
      {"table", io::ExportLayout::kTable},
      {"official", io::ExportLayout::kOfficial},
      {"trade_v2", io::ExportLayout::kTradeV2}};
  auto* const command = app.add_subcommand("export", kAbout);
  command->footer(kMeaning);
  auto const flags = add_store_flags(*command);
  auto const arguments = std::make_shared<Arguments>();
  io::ExportRequest& request = arguments->request;
  command->add_flag("--kafka", arguments->kafka,
                    "Export the topic, as read_committed readers see it, instead of data_dir");
  command->add_option("--format", request.format, "The format: csv, jsonl or avro")
      ->required()
      ->transform(CLI::Transformer{formats}.description(""))
      ->type_name("csv|jsonl|avro");
  command
      ->add_option("--layout", request.layout, "The layout: table (default), official or trade_v2")
      ->transform(CLI::Transformer{layouts}.description(""))
      ->type_name("table|official|trade_v2");
  command
      ->add_option("--codec", request.codec, "The codec of avro: deflate (default), zstd or none")
      ->transform(CLI::Transformer{codecs}.description(""))
      ->type_name("deflate|zstd|none");
  command->add_option("--symbol", request.symbols, "Only this symbol; may be given again")
      ->delimiter(',');
  command->add_option("--tape-generation", request.generation,
                      "Only this generation of each tape (0 until `k2 ctl restart-tape`)");
  command->add_option("--from", arguments->from,
                      "Start of the trade times (2024-08-08, 2024-08-08T23:54:15Z)");
  command->add_option("--to", arguments->to, "End of the trade times, exclusive");
  command->add_option("--out", arguments->out, "The file to make; - is standard output")
      ->capture_default_str();
  command->add_flag("--skip-damaged", request.skip_damaged,
                    "Skip damaged or missing parts instead of failing, and name them");
  command->callback([flags, arguments, &exit_code] { exit_code = run(*flags, *arguments); });
}

}  // namespace k2::app
