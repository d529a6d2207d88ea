#include "flow/gap_pieces.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::flow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr SymbolIndex kBtc{0};
constexpr UtcTime kNow{std::chrono::seconds{1'700'000'000}};

IdRange range(std::uint64_t first, std::uint64_t last) {
  return {TradeId{first}, TradeId{last}};
}

GapPiece piece(IdRange ids, GapState state, GapWhy why = GapWhy::kPatience) {
  return {kBtc, ids, state, kNow, why};
}

std::vector<GapPiece> repair(std::vector<IdRange> const& before,
                             std::vector<IdRange> const& after) {
  std::vector<GapPiece> pieces;
  add_repair(kBtc, before, after, kNow, pieces);
  return pieces;
}

TEST(GapPieces, TileAGapThatWasRepairedInTheMiddle) {
  EXPECT_THAT(
      repair({range(10, 99)}, {range(10, 19), range(50, 59)}),
      ElementsAre(piece(range(10, 19), GapState::kOpen), piece(range(20, 49), GapState::kRepaired),
                  piece(range(50, 59), GapState::kOpen),
                  piece(range(60, 99), GapState::kRepaired)));
}

TEST(GapPieces, SayNothingOfAGapThatIsAsItWas) {
  EXPECT_THAT(repair({range(10, 19), range(30, 39)}, {range(10, 19)}),
              ElementsAre(piece(range(30, 39), GapState::kRepaired)));
  EXPECT_THAT(repair({range(10, 19)}, {range(10, 19)}), IsEmpty());
}

TEST(GapPieces, KeepWhatIsLeftAroundIdsThatTheExchangeLacks) {
  std::vector<GapPiece> pieces;
  std::vector<IdRange> const left{range(10, 19), range(30, 39), range(80, 89)};
  add_absent(kBtc, range(20, 29), GapWhy::kRetention, left, kNow, pieces);
  EXPECT_THAT(pieces, ElementsAre(piece(range(20, 29), GapState::kVenue, GapWhy::kRetention),
                                  piece(range(10, 19), GapState::kOpen),
                                  piece(range(30, 39), GapState::kOpen)));
}

}  // namespace
}  // namespace k2::flow
