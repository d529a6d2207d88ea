#include "tools/sim/replay.hpp"

#include "tools/sim/json_walk.hpp"
#include "tools/sim/recorded_line.hpp"
#include "tools/sim/trade_parse.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace k2::sim {

/// One file and the publication read from it but not yet published.
struct Replay::File {
  std::unique_ptr<Lines> lines;
  Publication head;
  bool filled = false;
  bool ended = false;
  RecordTime last_at{};
};

/// The facts that follow from a stream's name, determined once.
struct Replay::Stream {
  std::string name;
  StreamKind kind{};
  SymbolIndex symbol{};
};

/// The lowest and highest ids that one pass of a symbol had.
struct Replay::IdSpan {
  struct Range {
    std::int64_t first = std::numeric_limits<std::int64_t>::max();
    std::int64_t last = std::numeric_limits<std::int64_t>::min();
    void add(std::int64_t id) {
      first = std::min(first, id);
      last = std::max(last, id);
    }
    [[nodiscard]] std::int64_t length() const { return last < first ? 0 : last - first + 1; }
  };
  Range trades;
  Range aggs;
  Range updates;
};

namespace {

// "BTCUSDT-trades-2024-08-09.csv.gz" is of BTCUSDT.
std::string_view symbol_of_file(std::string_view name) {
  if (auto const slash = name.rfind('/'); slash != std::string_view::npos) {
    name.remove_prefix(slash + 1);
  }
  return name.substr(0, name.find_first_of("-."));
}

std::string upper(std::string_view text) {
  std::string result{text};
  for (char& c : result) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return result;
}

}  // namespace

Replay::Replay(std::vector<std::unique_ptr<Lines>> files, bool loop, SymbolTable& symbols)
    : loop_(loop), symbols_(symbols) {
  for (auto& lines : files) {
    files_.push_back(std::make_unique<File>());
    files_.back()->lines = std::move(lines);
  }
}

Replay::~Replay() = default;

bool Replay::next(Publication& publication) {
  for (;;) {
    if (last_ != nullptr) last_->filled = false;
    last_ = nullptr;
    if (File* const file = earliest(); file != nullptr) {
      publish(*file, publication);
      return true;
    }
    if (!start_over()) return false;
  }
}

void Replay::learn_symbols(std::size_t lines_per_file) {
  for (auto const& file : files_) {
    for (std::size_t i = 0; i < lines_per_file && fill(*file); ++i) file->filled = false;
    file->lines->rewind();
    file->filled = file->ended = false;
    file->last_at = RecordTime{};
  }
  counts_ = ReplayCounts{};
}

Replay::File* Replay::earliest() {
  File* best = nullptr;
  for (auto const& file : files_) {
    if (!fill(*file)) continue;
    if (best == nullptr || file->head.at < best->head.at) best = file.get();
  }
  return best;
}

bool Replay::fill(File& file) {
  std::string_view line;
  while (!file.filled && !file.ended) {
    if (file.lines->next(line)) {
      file.filled = take_line(file, line);
    } else {
      file.ended = true;
    }
  }
  return file.filled;
}

bool Replay::take_line(File& file, std::string_view text) {
  RecordedLine const line = parse_recorded_line(text);
  if (line.kind == LineKind::kNothing) {
    ++counts_.skipped;
    return false;
  }
  bool const taken = line.kind == LineKind::kTradeRow ? take_row(file, line.data)
                                                      : take_frame(file, line.stream, line.data);
  if (!taken) {
    ++counts_.bad;
    return false;
  }
  Publication& head = file.head;
  if (line.at) {
    head.at = *line.at;
  } else if (line.kind == LineKind::kTradeRow) {
    head.at = head.trade.traded_at;
  } else if (auto const at = event_number(head.data)) {
    head.at = time_from_number(*at);
  } else {
    head.at = file.last_at;
  }
  // A file's own order is the truth, independent of its clock.
  head.at = file.last_at = std::max(file.last_at, head.at);
  return true;
}

bool Replay::take_row(File& file, std::string_view row) {
  Publication& head = file.head;
  if (parse_trade_row(row, head.trade) != Errc::kOk) return false;
  std::string name = upper(symbol_of_file(file.lines->name()));
  auto const symbol = Symbol::parse(name);
  if (!symbol) return false;
  Stream const& stream = stream_of(symbol->lower() + "@trade");
  head.kind = StreamKind::kTrade;
  head.unit = TimeUnit::kMicrosecond;
  head.stream = stream.name;
  head.symbol = head.trade.symbol = stream.symbol;
  head.data = {};
  return true;
}

bool Replay::take_frame(File& file, std::string_view stream_name, std::string_view data) {
  Publication& head = file.head;
  Stream const& stream = stream_of(stream_name);
  head.kind = stream.kind;
  head.stream = stream.name;
  head.symbol = stream.symbol;
  head.data = data;
  head.unit = TimeUnit::kMillisecond;
  if (stream.kind == StreamKind::kTrade) {
    head.trade = PublishedTrade{};
    if (parse_trade_event(data, head.trade, head.unit) != Errc::kOk) return false;
    head.trade.symbol = stream.symbol;
  } else if (auto const at = event_number(data)) {
    head.unit = unit_of_number(*at);
  }
  return true;
}

Replay::Stream& Replay::stream_of(std::string_view name) {
  auto& slot = streams_[std::string{name}];
  if (!slot) {
    slot = std::make_unique<Stream>();
    slot->name = name;
    slot->kind = kind_of_stream(name);
    if (auto const symbol = Symbol::parse(name.substr(0, name.find('@')))) {
      slot->symbol = symbols_.add(*symbol);
    } else {
      slot->kind = StreamKind::kOther;
    }
  }
  return *slot;
}

void Replay::publish(File& file, Publication& publication) {
  last_ = &file;
  publication = file.head;
  ++counts_.published;
  if (!std::exchange(started_, true)) first_at_ = publication.at;
  if (publication.kind == StreamKind::kTrade && publication.data.empty()) {
    row_text_.clear();
    append_trade_event(publication.trade, symbols_[publication.symbol].text(),
                       TimeUnit::kMicrosecond, row_text_);
    publication.data = row_text_;
  }
  if (counts_.passes == 0) {
    last_at_ = publication.at;
    if (loop_) note_ids(publication);
  } else {
    move(publication);
  }
}

void Replay::note_ids(Publication const& publication) {
  if (spans_.size() < symbols_.size()) spans_.resize(symbols_.size());
  IdSpan& span = spans_[value(publication.symbol)];
  if (publication.kind == StreamKind::kTrade) {
    span.trades.add(static_cast<std::int64_t>(value(publication.trade.id)));
    return;
  }
  if (publication.kind == StreamKind::kOther || publication.kind == StreamKind::kKline) return;
  JsonWalk walk{publication.data};
  JsonMember member;
  while (walk.next(member)) {
    std::int64_t number = 0;
    if (member.is_string || !parse_number(member.value, number)) continue;
    bool const is_agg = publication.kind == StreamKind::kAggTrade;
    if (is_agg && member.key == "a") span.aggs.add(number);
    if (is_agg && (member.key == "f" || member.key == "l")) span.trades.add(number);
    if (!is_agg && (member.key == "u" || member.key == "U")) span.updates.add(number);
  }
}

void Replay::move(Publication& publication) {
  NumberShift const& shift = shifts_[value(publication.symbol)];
  moved_.clear();
  append_rewritten(publication.data, publication.kind, shift, publication.unit, moved_);
  publication.data = moved_;
  publication.at += time_shift_;
  if (publication.kind != StreamKind::kTrade) return;
  PublishedTrade& trade = publication.trade;
  trade.id = TradeId{value(trade.id) + static_cast<std::uint64_t>(shift.trade_ids)};
  trade.traded_at += time_shift_;
  trade.event_at += time_shift_;
}

bool Replay::start_over() {
  if (!loop_ || counts_.published == 0) return false;
  ++counts_.passes;
  // A whole second more than the recording's length, so that times move on and stay readable.
  auto const length = std::chrono::ceil<std::chrono::seconds>(last_at_ - first_at_);
  time_shift_ += length + std::chrono::seconds{1};
  spans_.resize(symbols_.size());
  shifts_.resize(symbols_.size());
  for (std::size_t i = 0; i < spans_.size(); ++i) {
    shifts_[i].trade_ids += spans_[i].trades.length();
    shifts_[i].agg_ids += spans_[i].aggs.length();
    shifts_[i].update_ids += spans_[i].updates.length();
    shifts_[i].time = time_shift_;
  }
  for (auto const& file : files_) {
    file->lines->rewind();
    file->ended = file->filled = false;
    file->last_at = RecordTime{};
  }
  return true;
}

}  // namespace k2::sim
