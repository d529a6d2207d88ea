// Handles the replies of the backfill; the requests are in backfill.cpp.
#include "core/assert.hpp"
#include "core/planted.hpp"
#include "flow/backfill.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace k2::flow {
namespace {

/// Factor between the longest wait of the backfill behind delivery and that of a live hole.
constexpr int kDeclaredPatience = 20;

/// The first id of the page that is still missing.
std::optional<TradeId> first_missing(IdRange page, std::span<IdRange const> missing) {
  for (IdRange const& range : missing) {
    if (range.last < page.first || range.first > page.last) continue;
    return std::max(range.first, page.first);
  }
  return std::nullopt;
}

}  // namespace

bool Backfill::on_reply(RequestId request, std::span<Trade const> rows) {
  note_answer();
  auto const symbol = symbol_of(request);
  Page* const page = finish(request);
  if (page == nullptr) return false;
  if (page == &jobs_[value(*symbol)].pages.front()) return true;
  page->state = PageState::kShelved;
  page->rows.assign(rows.begin(), rows.end());
  ++shelved_;
  return false;
}

std::optional<std::vector<Trade>> Backfill::take_shelved(SymbolIndex symbol) {
  auto const found = jobs_.find(value(symbol));
  if (found == jobs_.end() || found->second.pages.empty()) return std::nullopt;
  Page& head = found->second.pages.front();
  if (head.state != PageState::kShelved) return std::nullopt;
  head.state = PageState::kToAsk;
  --shelved_;
  return std::exchange(head.rows, {});
}

std::vector<Absence> Backfill::on_taken(SymbolIndex symbol, std::span<Trade const> rows,
                                        Sequencer const& sequencer, Now now) {
  Job& job = jobs_[value(symbol)];
  K2_ASSERT(!job.pages.empty() && job.pages.front().state == PageState::kToAsk);
  Page& head = job.pages.front();
  auto const hole = sequencer.hole(symbol);
  std::array<IdRange, 1> const live{hole ? hole->missing : IdRange{}};
  std::span<IdRange const> missing{sequencer.open_gaps(symbol)};
  if (!job.declared) missing = std::span<IdRange const>{live}.first(hole ? 1 : 0);

  auto const from = first_missing(head.ids, missing);
  bool const grew_smaller = !from || *from > head.ids.first;
  std::vector<Absence> absent;
  if (from && head.request.source == RestSource::kHistorical) {
    absent = note_absent(job, missing, rows, now.mono);
  }
  bool const settled =
      !from || (job.declared && std::none_of(missing.begin(), missing.end(), [&](IdRange range) {
                  return first_missing(head.ids, {&range, 1}) && is_due(job, range, now.mono);
                }));
  if (grew_smaller || settled) {
    job.tries() = {.not_before = now.mono};
  } else if (head.request.source == RestSource::kRecent) {
    // The newest trades do not reach back far enough: the database is queried immediately.
    ++job.tries().source_turn;
  } else {
    retry_later(job, now.mono);
  }
  if (settled) {
    job.pages.pop_front();
  } else {
    head.ids.first = *from;
  }
  return absent;
}

/// Notes the ids before, between and not behind the rows of the first page that are missing.
std::vector<Absence> Backfill::note_absent(Job& job, std::span<IdRange const> missing,
                                           std::span<Trade const> rows, MonoTime now) const {
  std::vector<Absence> confirmed;
  Page const& head = job.pages.front();
  for (IdRange const& range : missing) {
    TradeId const from = std::max(range.first, head.ids.first);
    if (range.last < head.ids.first) continue;
    auto const shown =
        std::find_if(rows.begin(), rows.end(), [&](Trade const& row) { return row.id >= from; });
    if (shown == rows.end()) break;
    if (shown->id == from) continue;  // it came and found no room
    IdRange const absent{from, std::min(range.last, previous(shown->id))};
    if (!job.absent.note(absent, now, options_.venue_confirm)) continue;
    job.absent.forget(absent.first);
    bool const nothing_older = head.request.from < absent.first && shown == rows.begin();
    confirmed.push_back({absent, nothing_older ? GapWhy::kRetention : GapWhy::kVenue});
  }
  return confirmed;
}

void Backfill::note_answer() noexcept {
  outage_ = 0;
  outage_until_ = MonoTime::min();
}

void Backfill::note_outage(MonoTime now) {
  if (now < outage_until_) return;
  ++outage_;
  outage_until_ = now + backoff(outage_ - 1, false);
}

void Backfill::on_error(RequestId request, Now now) {
  if (K2_PLANTED(kNeverRetry)) return;
  note_outage(now.mono);
  auto const symbol = symbol_of(request);
  if (finish(request) == nullptr) return;
  Job& job = jobs_[value(*symbol)];
  if (down()) {
    job.tries().failures = std::max(job.tries().failures, 1);  // all pause together
  } else {
    retry_later(job, now.mono);
  }
}

void Backfill::on_refused(RequestId request, Now now) {
  if (K2_PLANTED(kRefusalIsOutage)) return on_error(request, now);
  note_answer();
  auto const symbol = symbol_of(request);
  if (finish(request) != nullptr) retry_later(jobs_[value(*symbol)], now.mono);
}

void Backfill::retry_later(Job& job, MonoTime now) const {
  Tries& tries = job.tries();
  tries.not_before = now + backoff(tries.failures, job.declared);
  ++tries.failures;
  ++tries.source_turn;
}

std::chrono::nanoseconds Backfill::backoff(int failures, bool declared) const {
  auto const longest = declared ? options_.retry_max * kDeclaredPatience : options_.retry_max;
  auto wait = options_.retry_min;
  for (int doubling = 0; doubling < failures && wait < longest; ++doubling) wait *= 2;
  return std::min(wait, longest);
}

/// The page of a request that was under way; null when it is needed no more.
Backfill::Page* Backfill::finish(RequestId request) {
  auto const found = in_flight_.find(static_cast<std::uint64_t>(request));
  if (found == in_flight_.end()) return nullptr;
  auto const job = jobs_.find(value(found->second));
  in_flight_.erase(found);
  if (job == jobs_.end()) return nullptr;
  for (Page& page : job->second.pages) {
    if (page.state != PageState::kInFlight || page.request.id != request) continue;
    page.state = PageState::kToAsk;
    return &page;
  }
  return nullptr;
}

}  // namespace k2::flow
