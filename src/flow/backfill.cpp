#include "flow/backfill.hpp"

#include "core/planted.hpp"

#include <algorithm>
#include <array>

namespace k2::flow {
namespace {

/// The share of the weight budget that repair behind delivery may use: live holes keep the rest.
constexpr double kDeclaredFraction = 0.7;
/// When the budget is spent, it is asked again this much later.
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
  ask_all(sequencer.holed(), false, sequencer, budget, now, out);
  ask_all(damaged_, true, sequencer, budget, now, out);
  return wake_at_;
}

/// One page for each symbol in turn, again and again, until nobody wants or may ask more.
void Backfill::ask_all(std::vector<SymbolIndex> const& symbols, bool declared,
                       Sequencer const& sequencer, WeightBudget& budget, Now now,
                       std::vector<RestRequest>& out) {
  std::size_t& turn = declared ? declared_turn_ : live_turn_;
  for (bool asked = !symbols.empty(); asked;) {
    asked = false;
    std::size_t const start = turn;
    for (std::size_t step = 0; step < symbols.size(); ++step) {
      if (!may_ask(now.mono)) return;
      std::size_t const at = (start + step) % symbols.size();
      if (!ask_one(symbols[at], declared, sequencer, budget, now, out)) continue;
      asked = true;
      turn = at + 1;
    }
  }
}

bool Backfill::may_ask(MonoTime now) {
  if (!down()) return in_flight_.size() < options_.in_flight_max;
  if (now < outage_until_) wake_at_ = std::min(wake_at_, outage_until_);
  return now >= outage_until_ && in_flight_.empty();
}

bool Backfill::ask_one(SymbolIndex symbol, bool declared, Sequencer const& sequencer,
                       WeightBudget& budget, Now now, std::vector<RestRequest>& out) {
  auto const hole = sequencer.hole(symbol);
  if (declared ? hole.has_value() : !(hole && hole->called)) return false;
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
  if (!budget.try_spend(options_.request_weight, now, declared ? kDeclaredFraction : 1.0)) {
    wake_at_ = std::min(wake_at_, now.mono + kBudgetAgain);
    return false;
  }
  bool const small = !declared && live[0].contains(page->ids.first) &&
                     IdRange{page->ids.first, live[0].last}.count() < options_.page_rows / 2;
  bool const look_before = job.absent.noted(page->ids.first) && value(page->ids.first) > 0;
  page->state = PageState::kInFlight;
  page->asked_at = now.mono;
  page->request = {RequestId{++requests_}, symbol,
                   small && job.failures % 2 == 0 ? RestSource::kRecent : RestSource::kHistorical,
                   // One id earlier tells whether the exchange still keeps what is this old.
                   look_before ? previous(page->ids.first) : page->ids.first};
  if (K2_PLANTED(kWrongFromId)) page->request.from = next(next(page->request.from));
  in_flight_.emplace(static_cast<std::uint64_t>(page->request.id), symbol);
  out.push_back(page->request);
  return true;
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
}

void Backfill::drop_front(Job& job) {
  if (job.pages.front().state == PageState::kShelved) --shelved_;
  job.pages.pop_front();
}

/// A page that failed or came back incomplete, or else the next one.
Backfill::Page* Backfill::page_to_ask(Job& job, std::span<IdRange const> missing, MonoTime now) {
  if (now < job.not_before) {
    wake_at_ = std::min(wake_at_, job.not_before);
    return nullptr;
  }
  auto const again = std::find_if(job.pages.begin(), job.pages.end(),
                                  [](Page const& page) { return page.state == PageState::kToAsk; });
  if (again != job.pages.end()) return &*again;
  if (!job.pages.empty() && (job.failures > 0 || job.pages.size() >= options_.in_flight_max ||
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

bool Backfill::waits_for_turn(SymbolIndex symbol, std::chrono::nanoseconds patience,
                              MonoTime now) const {
  if (down()) return false;
  auto const found = jobs_.find(value(symbol));
  if (found == jobs_.end()) return true;
  Job const& job = found->second;
  if (job.failures > 0) return false;
  if (job.pages.empty()) return true;
  Page const& head = job.pages.front();
  return head.state != PageState::kInFlight || now - head.asked_at < patience;
}

void Backfill::on_declared(SymbolIndex symbol) {
  if (std::find(damaged_.begin(), damaged_.end(), symbol) == damaged_.end()) {
    damaged_.push_back(symbol);
  }
}

void Backfill::remove_symbol(SymbolIndex symbol) {
  auto const found = jobs_.find(value(symbol));
  if (found == jobs_.end()) return;
  while (!found->second.pages.empty()) drop_front(found->second);
  jobs_.erase(found);
  std::erase(damaged_, symbol);
}

std::optional<SymbolIndex> Backfill::symbol_of(RequestId request) const {
  auto const found = in_flight_.find(static_cast<std::uint64_t>(request));
  if (found == in_flight_.end()) return std::nullopt;
  return found->second;
}

}  // namespace k2::flow
