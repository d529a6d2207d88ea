// Tapes that were restarted: each generation is checked by itself.
#include "tools/verify/made_store.hpp"
#include "tools/verify/report_text.hpp"

#include <gmock/gmock.h>

namespace k2::verify {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class GenerationsTest : public MadeStore {
 protected:
  /// Closes BTCUSDT's tape.
  void restart(std::uint32_t generation, std::uint64_t closed_last) {
    flush();
    batch_.restarts.push_back({.symbol = "BTCUSDT",
                               .generation = generation,
                               .first_sequence = builder_.next_sequence(),
                               .closed_last = TradeId{closed_last}});
    builder_.set_tape(SymbolIndex{0}, sink::tape_name("BTCUSDT", generation));
  }
  /// Ids 500 to 700, and then 1 to 600 of the next generation.
  void store_two() {
    store(500, 700);
    restart(1, 700);
    store(1, 600);
  }
};

TEST_F(GenerationsTest, AreTapesOfTheirOwn) {
  store_two();
  Report const report = alone();
  EXPECT_EQ(report.outcome(), Outcome::kClean) << report_text(report);
  ASSERT_EQ(report.symbols.size(), 2U);
  EXPECT_EQ(report.symbols[0].symbol, "BTCUSDT");
  EXPECT_EQ(report.symbols[0].stored, 201U);
  EXPECT_EQ(report.symbols[1].symbol, "BTCUSDT-g1");
  EXPECT_EQ(report.symbols[1].stored, 600U) << "ids that both have are no duplicates";
}

TEST_F(GenerationsTest, MissWhatEachOfThemLacks) {
  store(500, 600);
  store(602, 700);
  restart(1, 700);
  store(1, 9);
  store(11, 20);
  Report const report = alone();
  EXPECT_EQ(report.outcome(), Outcome::kNotClean);
  EXPECT_THAT(report.symbols.at(0).missing.examples(), ElementsAre(ids(601, 601)));
  EXPECT_THAT(report.symbols.at(1).missing.examples(), ElementsAre(ids(10, 10)));
}

TEST_F(GenerationsTest, HaveGapsOfTheirOwn) {
  store(500, 600);
  store(602, 700);
  restart(1, 700);
  store(1, 600);
  batch_.gaps.push_back({"BTCUSDT", ids(601, 601), "", sink::GapState::kVenue, {}});
  EXPECT_EQ(alone().outcome(), Outcome::kClean);
  batch_.gaps.push_back({"BTCUSDT-g1", ids(600, 600), "", sink::GapState::kVenue, {}});
  EXPECT_THAT(alone().wrong_gaps.examples, ElementsAre(HasSubstr("BTCUSDT-g1: 600 is there")));
}

TEST_F(GenerationsTest, RecordsMustLieWhereTheirGenerationDoes) {
  store_two();
  damage("UPDATE generations SET first_sequence = 301");
  Report const late = alone();
  EXPECT_EQ(late.invalid_records.count, 99U);
  EXPECT_THAT(late.invalid_records.examples.at(0),
              HasSubstr("sequence 202: it comes before its generation begins"));
  damage("UPDATE generations SET first_sequence = 200");
  EXPECT_THAT(alone().invalid_records.examples,
              ElementsAre("sequence 200: it comes after its tape was closed",
                          "sequence 201: it comes after its tape was closed"));
  damage("DELETE FROM generations");
  EXPECT_THAT(alone().invalid_records.examples.at(0),
              HasSubstr("the journal knows no such generation"));
}

TEST_F(GenerationsTest, FollowEachOtherWithoutAHole) {
  store_two();
  damage("UPDATE generations SET generation = 2");
  EXPECT_THAT(alone().wrong_positions.examples,
              testing::Contains("BTCUSDT: generation 2 does not follow the one before it"));
}

TEST_F(GenerationsTest, AClosedTapeEndsWhereItWasClosed) {
  store_two();
  damage("UPDATE generations SET closed_last_id = 650");
  EXPECT_THAT(alone().wrong_positions.examples,
              ElementsAre("BTCUSDT: the tape was closed at 650, and its position is 700"));
  damage("UPDATE generations SET closed_last_id = 705");
  EXPECT_THAT(alone().wrong_positions.examples, IsEmpty()) << "ids 701 to 705 may be a gap";
}

TEST_F(GenerationsTest, ALedgerIsComparedWithOneOfThem) {
  store_two();
  publish(1, 600);
  Report const one = against_ledger({.generation = 1});
  EXPECT_EQ(one.outcome(), Outcome::kClean) << report_text(one);
  EXPECT_EQ(one.symbols.at(0).symbol, "BTCUSDT");
  EXPECT_THAT(one.notes, testing::Contains(HasSubstr("not compared: BTCUSDT;")));
  Report const unnamed = against_ledger();
  EXPECT_NE(unnamed.outcome(), Outcome::kClean);
  EXPECT_THAT(unnamed.unread.examples,
              testing::Contains(HasSubstr("not compared: BTCUSDT-g1; --tape-generation")));
}

TEST_F(GenerationsTest, ATapeIsNotCleanWithoutAGenerationThatWasNotNamed) {
  store_two();
  publish(500, 700);
  EXPECT_EQ(against_ledger().outcome(), Outcome::kUnknown);
  EXPECT_EQ(against_ledger({.generation = 0}).outcome(), Outcome::kClean);
}

}  // namespace
}  // namespace k2::verify
