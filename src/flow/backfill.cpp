#include "flow/backfill.hpp"

#include "core/assert.hpp"

#include <algorithm>

namespace k2::flow {
namespace {

/// The share of the weight budget that repair behind delivery may use: live holes keep the rest.
constexpr double kDeclaredFraction = 0.7;

}  // namespace

void Backfill::plan(Sequencer const& sequencer, WeightBudget& budget, Now now,
                    std::vector<RestRequest>& out) {
  for (SymbolIndex const symbol : sequencer.holed()) {
    auto const hole = sequencer.hole(symbol);
    if (hole && hole->called && !ask(symbol, hole->missing, false, budget, now, out)) return;
  }
  std::erase_if(damaged_, [&](SymbolIndex symbol) { return sequencer.open_gaps(symbol).empty(); });
  for (SymbolIndex const symbol : damaged_) {
    if (sequencer.hole(symbol)) continue;
    if (!ask(symbol, sequencer.open_gaps(symbol).front(), true, budget, now, out)) return;
  }
}

/// False when nobody may ask any more for now.
bool Backfill::ask(SymbolIndex symbol, IdRange wanted, bool declared, WeightBudget& budget, Now now,
                   std::vector<RestRequest>& out) {
  if (in_flight_.size() >= options_.in_flight_max) return false;
  Job& job = jobs_[value(symbol)];
  if (job.in_flight || now.mono < job.not_before) return true;
  if (!budget.try_spend(options_.request_weight, now, declared ? kDeclaredFraction : 1.0)) {
    return false;
  }
  bool const small = !declared && wanted.count() < options_.page_rows / 2;
  auto const source =
      small && job.failures % 2 == 0 ? RestSource::kRecent : RestSource::kHistorical;
  job.in_flight = true;
  job.wanted = wanted;
  job.declared = declared;
  job.request = RestRequest{RequestId{++requests_}, symbol, source, wanted.first};
  in_flight_.emplace(static_cast<std::uint64_t>(job.request.id), symbol);
  out.push_back(job.request);
  return true;
}

std::optional<IdRange> Backfill::on_rows(RequestId request, RestRows rows,
                                         Sequencer const& sequencer, Now now) {
  Job* const job = finish(request);
  if (job == nullptr) return std::nullopt;
  if (progressed(*job, sequencer)) {
    job->failures = 0;
    job->not_before = now.mono;
    job->absent_from.reset();
    return std::nullopt;
  }
  if (job->request.source == RestSource::kRecent) {
    // The newest trades do not reach back far enough: the database is asked at once.
    ++job->failures;
    return std::nullopt;
  }
  auto const venue = absent(*job, rows, now);
  retry_later(*job, now);
  return venue;
}

bool Backfill::progressed(Job const& job, Sequencer const& sequencer) {
  SymbolIndex const symbol = job.request.symbol;
  if (!job.declared) return *sequencer.expected(symbol) > job.wanted.first;
  auto const& gaps = sequencer.open_gaps(symbol);
  return std::none_of(gaps.begin(), gaps.end(),
                      [&](IdRange const& gap) { return gap.contains(job.wanted.first); });
}

std::optional<IdRange> Backfill::absent(Job& job, RestRows rows, Now now) const {
  bool const shown_later = rows.count > 0 && rows.first > job.wanted.first;
  if (!shown_later) return std::nullopt;
  if (job.absent_from != job.wanted.first) {
    job.absent_from = job.wanted.first;
    job.absent_at = now.mono;
    return std::nullopt;
  }
  if (!job.declared || now.mono - job.absent_at < options_.venue_confirm) return std::nullopt;
  job.absent_from.reset();
  return IdRange{job.wanted.first, std::min(job.wanted.last, previous(rows.first))};
}

void Backfill::on_error(RequestId request, Now now) {
  if (Job* const job = finish(request)) retry_later(*job, now);
}

void Backfill::retry_later(Job& job, Now now) const {
  auto wait = options_.retry_min;
  for (int doubling = 0; doubling < job.failures && wait < options_.retry_max; ++doubling) {
    wait *= 2;
  }
  ++job.failures;
  job.not_before = now.mono + std::min(wait, options_.retry_max);
}

void Backfill::on_declared(SymbolIndex symbol) {
  if (std::find(damaged_.begin(), damaged_.end(), symbol) == damaged_.end()) {
    damaged_.push_back(symbol);
  }
}

Backfill::Job* Backfill::finish(RequestId request) {
  auto const found = in_flight_.find(static_cast<std::uint64_t>(request));
  if (found == in_flight_.end()) return nullptr;
  Job& job = jobs_[value(found->second)];
  K2_ASSERT(job.in_flight && job.request.id == request);
  job.in_flight = false;
  in_flight_.erase(found);
  return &job;
}

std::optional<SymbolIndex> Backfill::symbol_of(RequestId request) const {
  auto const found = in_flight_.find(static_cast<std::uint64_t>(request));
  if (found == in_flight_.end()) return std::nullopt;
  return found->second;
}

}  // namespace k2::flow
