// Tests which ids are declared when REST cannot help: those that are really missing, and no id that
// arrived.
#include "flow/continuity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace k2::flow {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;

constexpr SymbolIndex kBtc{0};

enum class RestState : std::uint8_t { kAnswers, kRefusesConnections, kHangs };

/// One busy symbol whose tape is at 0, and a REST service in one of three states.
class Busy {
 public:
  explicit Busy(ContinuityOptions options = {}) : continuity(options) {
    continuity.add_symbol(kBtc, TradeId{0}, {}, now().mono);
  }

  /// A millisecond of the market passes; `lost` ids are published, but do not arrive.
  void publish(std::uint64_t count, bool lost = false) {
    for (std::uint64_t one = 0; one < count; ++one) {
      ++edge;
      if (!lost) (void)continuity.on_trade(trade(edge, Origin::kStream), now().mono);
    }
  }
  void pass(std::chrono::nanoseconds span, std::uint64_t per_millisecond) {
    for (auto const end = time_ + span; time_ < end; time_ += milliseconds{1}) {
      publish(per_millisecond);
      answer();
      take();
      if (now().mono < continuity.next_deadline()) continue;
      std::vector<RestRequest> wanted;
      continuity.tick(now(), wanted);
      take();
      for (RestRequest const& request : wanted) asked_.push_back({time_, request});
    }
  }
  [[nodiscard]] Now now() const {
    return {MonoTime{seconds{1'000}} + time_,
            UtcTime{std::chrono::duration_cast<std::chrono::microseconds>(time_)}};
  }

  Continuity continuity;
  RestState rest = RestState::kAnswers;
  std::uint64_t edge = 0;
  std::uint64_t accepted = 0;
  std::uint64_t late = 0;
  std::vector<IdRange> declared;

 private:
  struct Asked {
    std::chrono::nanoseconds at;
    RestRequest request;
  };

  Trade trade(std::uint64_t id, Origin origin) const {
    Trade made;
    made.symbol = kBtc;
    made.id = TradeId{id};
    made.origin = origin;
    made.received_at = now().utc;
    return made;
  }
  void answer() {
    std::erase_if(asked_, [this](Asked const& asked) {
      auto const took = rest == RestState::kHangs ? seconds{15} : milliseconds{150};
      if (time_ - asked.at < took) return false;
      if (rest != RestState::kAnswers) {
        continuity.on_rest_error(asked.request.id, Error{Errc::kTimeout}, std::nullopt, now());
        return true;
      }
      std::vector<Trade> rows;
      auto const from = asked.request.source == RestSource::kRecent
                            ? std::max<std::uint64_t>(edge, 1'000) - 999
                            : value(asked.request.from);
      for (auto id = from; id <= edge && rows.size() < 1'000; ++id) {
        rows.push_back(trade(id, Origin::kRest));
      }
      continuity.on_rest_rows(asked.request.id, rows, now());
      return true;
    });
  }
  void take() {
    accepted += continuity.accepted().size();
    for (Trade const& one : continuity.accepted()) late += one.late ? 1U : 0U;
    continuity.accepted().clear();
    continuity.hole_changes().clear();
    for (GapPiece const& piece : continuity.gap_pieces()) {
      if (piece.state == GapState::kOpen && late == 0) declared.push_back(piece.range);
    }
    continuity.gap_pieces().clear();
  }

  std::chrono::nanoseconds time_{};
  std::vector<Asked> asked_;
};

IdRange only(std::uint64_t id) {
  return {TradeId{id}, TradeId{id}};
}

TEST(NarrowGaps, DeclareOneLostIdThroughFifteenMinutesWithoutRest) {
  for (RestState const state : {RestState::kRefusesConnections, RestState::kHangs}) {
    Busy busy;
    busy.pass(seconds{2}, 1);
    busy.rest = state;
    busy.publish(1, true);
    busy.pass(minutes{15}, 1);
    EXPECT_THAT(busy.declared, ElementsAre(only(2'001)));
    EXPECT_EQ(busy.continuity.counts().forgotten, 0U);
    EXPECT_EQ(busy.accepted, busy.edge - 1) << "delivery goes on";
    busy.rest = RestState::kAnswers;
    busy.pass(minutes{1}, 1);
    EXPECT_EQ(busy.late, 1U);
    EXPECT_EQ(busy.accepted, busy.edge);
  }
}

TEST(NarrowGaps, DeclareEachLostIdByItselfWhenThereAreSeveral) {
  Busy busy;
  busy.pass(seconds{2}, 1);
  busy.rest = RestState::kRefusesConnections;
  for (int lost = 0; lost < 3; ++lost) {
    busy.publish(1, true);
    busy.pass(seconds{5}, 3);
  }
  busy.pass(minutes{2}, 3);
  EXPECT_THAT(busy.declared, ElementsAre(only(2'001), only(17'002), only(32'003)));
  EXPECT_EQ(busy.continuity.counts().forgotten, 0U);
}

TEST(NarrowGaps, DeclareWhatAProcessMissedAndNothingThatCameSince) {
  Busy busy;
  busy.rest = RestState::kRefusesConnections;
  busy.publish(1'000'000, true);
  busy.pass(minutes{5}, 1);
  EXPECT_THAT(busy.declared, ElementsAre(IdRange{TradeId{1}, TradeId{1'000'000}}));
  EXPECT_EQ(busy.continuity.counts().forgotten, 0U);
}

TEST(NarrowGaps, DeclareNothingWhileACatchUpWithAFullBufferGoesOn) {
  Busy busy;
  busy.publish(100'000, true);
  busy.pass(minutes{3}, 1);
  EXPECT_TRUE(busy.declared.empty());
  EXPECT_EQ(busy.late, 0U);
  EXPECT_GT(busy.continuity.counts().forgotten, 0U) << "the catch-up brings them again";
  EXPECT_GE(busy.accepted, busy.edge - 1'000);
}

TEST(NarrowGaps, AreAskedForBeforeTheyAreDeclaredWhateverBecameOfTheGapBefore) {
  Busy busy;
  busy.pass(seconds{2}, 1);
  busy.rest = RestState::kHangs;
  busy.publish(10, true);
  busy.pass(minutes{3}, 1);
  EXPECT_EQ(busy.declared.size(), 1U);
  // One answer shows that REST is back; the declared gap still waits for its next attempt.
  busy.rest = RestState::kAnswers;
  busy.pass(minutes{12}, 0);
  EXPECT_EQ(busy.late, 10U);
  busy.publish(1, true);
  busy.pass(seconds{1}, 1);
  EXPECT_EQ(busy.accepted, busy.edge) << "asked for and repaired within the second";
  EXPECT_EQ(busy.late, 10U);
}

}  // namespace
}  // namespace k2::flow
