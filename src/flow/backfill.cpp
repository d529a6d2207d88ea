#include "flow/backfill.hpp"

#include "core/planted.hpp"

#include <algorithm>
#include <array>

namespace k2::flow {
namespace {

/// Wait before the next attempt when the budget is spent.
constexpr std::chrono::milliseconds kBudgetAgain{200};

bool overlap(IdRange a, IdRange b) {
  return a.first <= b.last && b.first <= a.last;
}

TradeId plus(TradeId id, std::uint64_t count) {
  return TradeId{value(id) + count};
}

}  // namespace

MonoTime Backfill::plan(Sequencer const& sequencer, WeightBudget& budget, Now now,
                        std::vector<RestRequest>& out) {
  wake_at_ = MonoTime::max();
  std::erase_if(damaged_, [&](SymbolIndex symbol) { return sequencer.open_gaps(symbol).empty(); });
  ask_all(sequencer.holed(), Purpose::kSmallGap, sequencer, budget, now, out);
  ask_all(sequencer.holed(), Purpose::kCatchUp, sequencer, budget, now, out);
  ask_all(damaged_, Purpose::kDeclared, sequencer, budget, now, out);
  return wake_at_;
}

/// Requests one page for each symbol in turn, repeatedly, until no symbol needs or may request
/// more.
void Backfill::ask_all(std::vector<SymbolIndex> const& symbols, Purpose purpose,
                       Sequencer const& sequencer, WeightBudget& budget, Now now,
                       std::vector<RestRequest>& out) {
  std::size_t& turn = turns_.at(static_cast<std::size_t>(purpose));
  no_weight_ = false;
  for (bool asked = !symbols.empty(); asked;) {
    asked = false;
    std::size_t const start = turn;
    for (std::size_t step = 0; step < symbols.size(); ++step) {
      if (no_weight_ || !may_ask(purpose, now.mono)) return;
      std::size_t const at = (start + step) % symbols.size();
      if (!ask_one(symbols[at], purpose, sequencer, budget, now, out)) continue;
      asked = true;
      turn = at + 1;
    }
  }
}

bool Backfill::may_ask(Purpose purpose, MonoTime now) {
  if (!down()) {
    std::size_t const kept = purpose == Purpose::kSmallGap ? 0 : options_.in_flight_reserve;
    std::size_t const most = options_.in_flight_max;
    return in_flight_.size() < (most > kept ? most - kept : 1);
  }
  if (now < outage_until_) wake_at_ = std::min(wake_at_, outage_until_);
  return now >= outage_until_ && in_flight_.empty();
}

/// Returns true when the symbol has to fill this now: its live gap goes before its declared gaps.
bool Backfill::wants(std::optional<Hole> const& hole, Purpose purpose) const {
  if (!hole) return purpose == Purpose::kDeclared;
  bool const small = hole->missing.count() <= options_.page_rows;
  return hole->called && purpose == (small ? Purpose::kSmallGap : Purpose::kCatchUp);
}

bool Backfill::ask_one(SymbolIndex symbol, Purpose purpose, Sequencer const& sequencer,
                       WeightBudget& budget, Now now, std::vector<RestRequest>& out) {
  auto const hole = sequencer.hole(symbol);
  if (!wants(hole, purpose)) return false;
  bool const declared = purpose == Purpose::kDeclared;
  std::array<IdRange, 1> const live{hole ? hole->missing : IdRange{}};
  std::span<IdRange const> const missing =
      declared ? std::span<IdRange const>{sequencer.open_gaps(symbol)} : live;
  Job& job = jobs_[value(symbol)];
  drop_settled(job, missing, declared);
  if (!job.pages.empty() && job.pages.front().state == PageState::kShelved) {
    ready_.push_back(symbol);
    return false;
  }
  Page* const page = page_to_ask(job, missing, now.mono);
  if (page == nullptr) return false;
  if (!budget.try_spend(options_.request_weight, now, purpose)) {
    wake_at_ = std::min(wake_at_, now.mono + kBudgetAgain);
    no_weight_ = true;
    return false;
  }
  page->state = PageState::kInFlight;
  page->asked_at = now.mono;
  page->request = request_for(symbol, job, *page, hole);
  if (K2_PLANTED(kWrongFromId)) page->request.from = next(next(page->request.from));
  in_flight_.emplace(static_cast<std::uint64_t>(page->request.id), symbol);
  out.push_back(page->request);
  return true;
}

RestRequest Backfill::request_for(SymbolIndex symbol, Job& job, Page const& page,
                                  std::optional<Hole> const& hole) {
  bool const near_edge =
      !job.declared && hole->missing.contains(page.ids.first) &&
      IdRange{page.ids.first, hole->missing.last}.count() < options_.page_rows / 2;
  bool const look_before = job.absent.noted(page.ids.first) && value(page.ids.first) > 0;
  return {
      RequestId{++requests_}, symbol,
      near_edge && job.tries().source_turn % 2 == 0 ? RestSource::kRecent : RestSource::kHistorical,
      // One id earlier tells whether the exchange still keeps what is this old.
      look_before ? previous(page.ids.first) : page.ids.first};
}

/// Takes away the pages that are needed no more. Their replies, if under way, find no page.
void Backfill::drop_settled(Job& job, std::span<IdRange const> missing, bool declared) {
  bool const elsewhere =
      !declared && !job.pages.empty() && missing.front().first < job.pages.front().ids.first;
  if (job.declared != declared || elsewhere) {
    while (!job.pages.empty()) drop_front(job);
    job.declared = declared;
  }
  auto const wanted = [&](Page const& page) {
    return std::any_of(missing.begin(), missing.end(),
                       [&](IdRange const& range) { return overlap(range, page.ids); });
  };
  while (!job.pages.empty() && !wanted(job.pages.front())) drop_front(job);
  // The result of an earlier hole is no evidence about this one, for which nothing was requested
  // yet.
  if (!declared && job.pages.empty()) job.live = {};
}

void Backfill::drop_front(Job& job) {
  if (job.pages.front().state == PageState::kShelved) --shelved_;
  job.pages.pop_front();
}

/// A page that failed or came back incomplete, or else the next one.
Backfill::Page* Backfill::page_to_ask(Job& job, std::span<IdRange const> missing, MonoTime now) {
  Tries const& tries = job.tries();
  if (now < tries.not_before) {
    wake_at_ = std::min(wake_at_, tries.not_before);
    return nullptr;
  }
  auto const again = std::find_if(job.pages.begin(), job.pages.end(),
                                  [](Page const& page) { return page.state == PageState::kToAsk; });
  if (again != job.pages.end()) return &*again;
  if (!job.pages.empty() && (tries.failures > 0 || job.pages.size() >= options_.in_flight_max ||
                             shelved_ >= options_.shelf_pages_max)) {
    return nullptr;
  }
  for (IdRange const& range : missing) {
    TradeId const from =
        job.pages.empty() ? range.first : std::max(range.first, next(job.pages.back().ids.last));
    if (from > range.last) continue;
    if (job.declared && !is_due(job, range, now)) {
      wake_at_ = std::min(wake_at_, *job.absent.since(range) + options_.venue_confirm);
      continue;
    }
    TradeId const last = plus(from, options_.page_rows - 1);
    job.pages.push_back({.ids = {from, job.declared ? last : std::min(last, range.last)}});
    return &job.pages.back();
  }
  return nullptr;
}

bool Backfill::is_due(Job const& job, IdRange range, MonoTime now) const {
  auto const since = job.absent.since(range);
  return !since || now - *since >= options_.venue_confirm;
}

bool Backfill::waits_for_turn(SymbolIndex symbol, IdRange hole, std::chrono::nanoseconds patience,
                              MonoTime now) const {
  if (down()) return false;
  auto const found = jobs_.find(value(symbol));
  if (found == jobs_.end()) return true;
  Job const& job = found->second;
  bool const asked = !job.declared && !job.pages.empty() && overlap(job.pages.front().ids, hole);
  if (!asked) return true;
  if (job.live.failures > 0) return false;
  if (job.pages.empty()) return true;
  Page const& head = job.pages.front();
  return head.state != PageState::kInFlight || now - head.asked_at < patience;
}

void Backfill::on_declared(SymbolIndex symbol) {
  if (std::find(damaged_.begin(), damaged_.end(), symbol) == damaged_.end()) {
    damaged_.push_back(symbol);
  }
  // The backfill behind delivery continues where that of the hole stopped; the next hole starts
  // over.
  Job& job = jobs_[value(symbol)];
  job.behind.failures = std::max(job.behind.failures, job.live.failures);
  job.behind.not_before = std::max(job.behind.not_before, job.live.not_before);
  job.live = {};
}

void Backfill::remove_symbol(SymbolIndex symbol) {
  std::erase(damaged_, symbol);
  auto const found = jobs_.find(value(symbol));
  if (found == jobs_.end()) return;
  while (!found->second.pages.empty()) drop_front(found->second);
  jobs_.erase(found);
}

std::optional<SymbolIndex> Backfill::symbol_of(RequestId request) const {
  auto const found = in_flight_.find(static_cast<std::uint64_t>(request));
  if (found == in_flight_.end()) return std::nullopt;
  return found->second;
}

}  // namespace k2::flow
