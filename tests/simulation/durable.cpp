#include "tests/simulation/durable.hpp"

#include "tests/simulation/oracle_failure.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace k2::simulation {

void Durable::commit(std::vector<sink::Batch> const& group) {
  std::vector<Skip> skips;
  for (sink::Batch const& batch : group) {
    if (batch.block.count > 0) store(batch.block, skips);
    for (sink::DeclaredGap const& gap : batch.gaps) {
      tapes_[gap.symbol].gaps.insert_or_assign(gap.ids.first, gap);
    }
    dead_letters_ += batch.dead_letters.size();
  }
  check_skips(skips);
  for (sink::Batch const& batch : group) {
    for (sink::DeclaredGap const& gap : batch.gaps) {
      check_gap(tapes_[gap.symbol].gaps.at(gap.ids.first));
    }
  }
}

void Durable::store(sink::Block const& block, std::vector<Skip>& skips) {
  if (block.first_sequence != next_sequence_) {
    throw OracleFailure{"sequence", fmt::format("a block begins with {}, not with {}",
                                                block.first_sequence, next_sequence_)};
  }
  if (sink::block_checksum(block) != block.checksum) {
    throw OracleFailure{"checksum", fmt::format("of the block at {}", block.first_sequence)};
  }
  sink::AvroReader reader{block.bytes};
  sink::TradeRecord record;
  for (std::uint32_t at = 0; at < block.count; ++at) {
    if (!sink::read_trade(reader, record)) throw OracleFailure{"record", "cannot be decoded"};
    check_record(record, skips);
  }
  next_sequence_ = block.end_sequence();
  for (sink::Position const& moved : block.positions) {
    auto& position = tapes_[moved.symbol].position;
    position = position ? std::max(*position, moved.last) : moved.last;
  }
}

void Durable::check_record(sink::TradeRecord const& record, std::vector<Skip>& skips) {
  std::string const symbol{record.symbol};
  Tape& tape = tapes_[symbol];
  TradeId const id{static_cast<std::uint64_t>(record.source_sequence.value_or(0))};
  check_content(record, id);
  ++counts_.records;
  if (record.from_rest()) ++counts_.from_rest;
  if (!tape.delivered.insert(id)) {
    throw OracleFailure{"once", fmt::format("{} {} is there already", symbol, value(id))};
  }
  if (record.late()) {
    ++counts_.late;
    skips.push_back({symbol, {id, id}});
    return;
  }
  if (tape.newest && id <= *tape.newest) {
    throw OracleFailure{"order",
                        fmt::format("{} {} behind {}", symbol, value(id), value(*tape.newest))};
  }
  if (tape.newest && id != next(*tape.newest)) {
    skips.push_back({symbol, {next(*tape.newest), previous(id)}});
  }
  if (!tape.first) tape.first = id;
  tape.newest = id;
}

void Durable::check_content(sink::TradeRecord const& record, TradeId id) const {
  LedgerTrade const* const truth = ledger_->find(record.symbol, id);
  if (truth == nullptr) {
    throw OracleFailure{"content",
                        fmt::format("{} {} was never published", record.symbol, value(id))};
  }
  auto const side = truth->buyer_is_maker ? sink::RecordSide::kSell : sink::RecordSide::kBuy;
  bool const same = record.price == truth->price && record.quantity == truth->quantity &&
                    record.timestamp == truth->traded_at && record.side == side &&
                    record.event_timestamp.has_value() != record.from_rest();
  if (!same) {
    throw OracleFailure{"content", fmt::format("{} {} differs", record.symbol, value(id))};
  }
}

void Durable::check_skips(std::vector<Skip> const& skips) const {
  for (Skip const& skip : skips) {
    if (covered(tapes_.find(skip.symbol)->second, skip.ids)) continue;
    throw OracleFailure{"silent_gap", fmt::format("{} {}..{} lies in no declared gap", skip.symbol,
                                                  value(skip.ids.first), value(skip.ids.last))};
  }
}

bool Durable::covered(Tape const& tape, IdRange ids) {
  TradeId from = ids.first;
  while (from <= ids.last) {
    auto after = tape.gaps.upper_bound(from);
    if (after == tape.gaps.begin()) return false;
    IdRange const piece = std::prev(after)->second.ids;
    if (!piece.contains(from)) return false;
    from = next(piece.last);
  }
  return true;
}

void Durable::check_gap(sink::DeclaredGap const& gap) const {
  Tape const& tape = tapes_.find(gap.symbol)->second;
  auto const text = [&] {
    return fmt::format("{} {}..{} is called {}", gap.symbol, value(gap.ids.first),
                       value(gap.ids.last), gap_state_name(gap.state));
  };
  if (gap.state == GapState::kVenue && ledger_->has_any(gap.symbol, gap.ids)) {
    throw OracleFailure{"gap_truth", text() + ", but the exchange has ids of it"};
  }
  std::uint64_t const there = tape.delivered.count(gap.ids);
  if (gap.state == GapState::kRepaired && there != gap.ids.count()) {
    throw OracleFailure{"gap_truth", text() + ", but ids of it are missing"};
  }
  if (gap.state == GapState::kOpen && there != 0) {
    throw OracleFailure{"gap_truth", text() + ", but ids of it are there"};
  }
}

void Durable::check_complete(std::map<std::string, TradeId> const& up_to) const {
  for (auto const& [symbol, last] : up_to) {
    Tape const& tape = this->tape(symbol);
    if (!tape.first) throw OracleFailure{"live", symbol + " has no trade at all"};
    for (LedgerTrade const& trade : *ledger_->of(symbol)) {
      if (trade.id < *tape.first || trade.id > last || tape.delivered.contains(trade.id)) continue;
      if (ledger_->is_unusable(symbol, trade.id)) continue;
      throw OracleFailure{"complete", fmt::format("{} {} is missing", symbol, value(trade.id))};
    }
  }
}

std::vector<sink::Position> Durable::positions() const {
  std::vector<sink::Position> rows;
  for (auto const& [symbol, tape] : tapes_) {
    if (tape.position) rows.push_back({symbol, *tape.position});
  }
  return rows;
}

std::vector<sink::DeclaredGap> Durable::gaps() const {
  std::vector<sink::DeclaredGap> rows;
  for (auto const& [symbol, tape] : tapes_) {
    for (auto const& [first, gap] : tape.gaps) rows.push_back(gap);
  }
  return rows;
}

std::uint64_t Durable::ids_declared() const {
  std::uint64_t ids = 0;
  for (sink::DeclaredGap const& gap : gaps()) ids += gap.ids.count();
  return ids;
}

Tape const& Durable::tape(std::string const& symbol) const {
  static Tape const none;
  auto const found = tapes_.find(symbol);
  return found == tapes_.end() ? none : found->second;
}

}  // namespace k2::simulation
