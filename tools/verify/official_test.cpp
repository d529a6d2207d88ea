#include "tools/verify/made_store.hpp"
#include "tools/verify/report_text.hpp"

#include <gmock/gmock.h>

namespace k2::verify {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A store and official files of the exchange.
class OfficialTest : public MadeStore {
 protected:
  /// A file of trades of 2024-08-08, as the exchange writes it, with the lines `more` behind them.
  SourcePlace official(std::string const& name, std::uint64_t first, std::uint64_t last,
                       std::string const& more = {}) {
    auto const file = dir_.path() / name;
    std::ofstream text{file};
    for (auto id = first; id <= last; ++id) {
      Trade const trade = test::sample_trade(id);
      text << fmt::format("{},{},{},1,{},{},True\n", id, trade.price.to_string(),
                          trade.quantity.to_string(), trade.traded_at.time_since_epoch().count(),
                          trade.side == Side::kSell ? "True" : "False");
    }
    text << more;
    return {Against::kOfficial, file, symbol_of_file(file)};
  }
};

TEST_F(OfficialTest, HoldsAStoreAgainstAPartThatIsOfficial) {
  store(1, 100);
  store(test::sample_trade(5, SymbolIndex{1}));
  auto const file = dir_.path() / "BTCUSDT-trades-part.csv";
  std::ofstream{file} << "id,price,qty,quoteQty,time,isBuyerMaker,isBestMatch\r\n"
                      << "21,61837.63000021,0.02000021,1,1723161255021,True,True\r\n"
                      << "22,61837.63000022,0.02000022,1,1723161255022000,false,true\n";
  Report const report = alone({.sources = {{Against::kOfficial, file, symbol_of_file(file)}}});
  EXPECT_TRUE(report.clean()) << report_text(report);
  EXPECT_EQ(report.total.published, 2U);
  EXPECT_EQ(report.total.outside, 98U);
  EXPECT_EQ(report.symbols.size(), 1U);
  EXPECT_EQ(report.symbols.at(0).coverage.read, 2U);
}

// A file that is named after a day has all trades of that day, or it is cut.
TEST_F(OfficialTest, FindsThatAFileLacksTradesOfItsDay) {
  store(1, 100);
  Report const whole = alone({.sources = {official("BTCUSDT-trades-2024-08-08.csv", 1, 100)}});
  EXPECT_TRUE(whole.clean()) << report_text(whole);
  Report const cut = alone({.sources = {official("BTCUSDT-trades-2024-08-08.csv", 1, 60)}});
  EXPECT_EQ(cut.outcome(), Outcome::kNotClean);
  EXPECT_THAT(cut.symbols.at(0).unexpected.examples(), ElementsAre(ids(61, 100)));
  Report const month = alone({.sources = {official("BTCUSDT-trades-2024-08.csv", 41, 100)}});
  EXPECT_THAT(month.symbols.at(0).unexpected.examples(), ElementsAre(ids(1, 40)));
}

TEST_F(OfficialTest, DoesNotKnowAnythingFromAFileOfAnotherDay) {
  store(1, 100);
  Request request{.sources = {official("BTCUSDT-trades-x.csv", 200, 1'199)},
                  .from_first_stored = true,
                  .to_last_stored = true};
  Report const report = alone(request);
  EXPECT_EQ(report.outcome(), Outcome::kUnknown) << report_text(report);
  EXPECT_THAT(report.unread.examples,
              ElementsAre(HasSubstr("none of the ids 200 to 1199 of BTCUSDT was checked")));
  // Beside a file that was of use as well.
  request.sources.push_back(official("BTCUSDT-trades-y.csv", 1, 100));
  EXPECT_EQ(alone(request).outcome(), Outcome::kUnknown);
  // Rows of another day than in the name.
  Report const other = alone({.sources = {official("BTCUSDT-trades-2024-08-07.csv", 1, 100)}});
  EXPECT_EQ(other.outcome(), Outcome::kUnknown);
  EXPECT_EQ(other.unread.count, 100U);
  Report const empty = alone({.sources = {official("BTCUSDT-trades-z.csv", 1, 0)}});
  EXPECT_THAT(empty.unread.examples, ElementsAre(HasSubstr("there is no trade in it")));
}

TEST_F(OfficialTest, DoesNotKnowWhatALineWithoutItsEndSays) {
  store(1, 100);
  Report const report =
      alone({.sources = {official("BTCUSDT-trades-x.csv", 1, 100, "101,61837.6")}});
  EXPECT_EQ(report.outcome(), Outcome::kUnknown);
  EXPECT_THAT(report.unread.examples, ElementsAre(HasSubstr("line 101: the last line is cut")));
}

TEST_F(OfficialTest, RefusesARowThatIsDamagedWhereverItStands) {
  store(1, 100);
  flush();
  for (char const* const row :
       {"101,61837.6\n", "101,1,1,1,1723161255101,True,True,7\n", "101,1,1,x,1723161255101,True\n",
        "x101,1,1,1,1723161255101,True,True\n", "101,1,1,1,1723161255101,True,Tru\n",
        "101,1,1,1,-1,True,True\n", "9223372036854775808,1,1,1,1723161255101,True,True\n"}) {
    auto const place = official("BTCUSDT-trades-x.csv", 1, 100, row);
    auto const report = verify({.data_dir = data_dir(), .sources = {place}});
    ASSERT_FALSE(report) << row;
    EXPECT_THAT(report.error().to_string(), HasSubstr("line 101")) << row;
  }
  // A damaged first row is no header.
  auto const file = dir_.path() / "BTCUSDT-trades-x.csv";
  std::ofstream{file} << "x1,61837.63000001,0.02000001,1,1723161255001000,True,True\n";
  Request const request{.data_dir = data_dir(), .sources = {{Against::kOfficial, file, "BTCUSDT"}}};
  EXPECT_THAT(verify(request).error().to_string(), HasSubstr("line 1"));
}

TEST_F(OfficialTest, NamesIdsThatTheSourceHasTwiceWithDifferentValues) {
  store(1, 100);
  Trade const again = test::sample_trade(7);
  auto const row = [&](std::string const& price) {
    return fmt::format("7,{},{},1,{},True,True\n", price, again.quantity.to_string(),
                       again.traded_at.time_since_epoch().count() / 1'000);
  };
  Report const same =
      alone({.sources = {official("BTCUSDT-trades-x.csv", 1, 100, row(again.price.to_string()))}});
  EXPECT_TRUE(same.clean()) << report_text(same);
  EXPECT_EQ(same.total.told_twice, 1U);
  Report const other =
      alone({.sources = {official("BTCUSDT-trades-x.csv", 1, 100, row("61837.63000008"))}});
  EXPECT_EQ(other.outcome(), Outcome::kNotClean);
  EXPECT_THAT(other.symbols.at(0).contradictory.examples(), ElementsAre(ids(7, 7)));
  // Also in a chunk that was done with long before.
  store(101, 9'000);
  Report const whole =
      alone({.sources = {official("BTCUSDT-trades-x.csv", 1, 9'000),
                         official("BTCUSDT-trades-y.csv", 4'500, 4'499,
                                  "4500,61837.63000008,0.1,1,1723161259500,True,True\n")}});
  EXPECT_THAT(whole.symbols.at(0).contradictory.examples(), ElementsAre(ids(4'500, 4'500)));
}

TEST_F(OfficialTest, DoesNotKnowIdsThatAreMissingInBoth) {
  store(1, 50);
  auto const first = official("BTCUSDT-trades-x.csv", 1, 60);
  auto const behind = official("BTCUSDT-trades-y.csv", 70, 80);
  // Between two files nothing proves that there was anything.
  Report const apart = alone({.sources = {first, behind}, .to_last_stored = false});
  EXPECT_EQ(apart.total.unproven.count(), 0U);
  EXPECT_EQ(apart.total.missing.count(), 21U);
  std::ofstream{first.path, std::ios::app}
      << "66,61837.63000066,0.02000066,1,1723161255066,False,True\n";
  Report const hole = alone({.sources = {first}});
  EXPECT_EQ(hole.total.unproven.count(), 5U);
  EXPECT_EQ(hole.symbols.at(0).coverage.unchecked, 5U);
  store(60, 70);
  // Where the store has ids on both sides, what is in neither is lost.
  EXPECT_THAT(alone({.sources = {official("BTCUSDT-trades-x.csv", 1, 50),
                                 official("BTCUSDT-trades-y.csv", 60, 70)}})
                  .symbols.at(0)
                  .missing.examples(),
              ElementsAre(ids(51, 59)));
}

TEST(DaysOfFile, AreADayOrAMonthOfTheName) {
  using namespace std::chrono;
  auto const day = days_of_file("/x/BTCUSDT-trades-2024-02-29.zip").value();
  EXPECT_EQ(day.since, sys_days{2024y / 2 / 29});
  EXPECT_EQ(day.until, sys_days{2024y / 3 / 1});
  auto const month = days_of_file("ETHUSDT-trades-2023-12.csv.gz").value();
  EXPECT_EQ(month.since, sys_days{2023y / 12 / 1});
  EXPECT_EQ(month.until, sys_days{2024y / 1 / 1});
  for (char const* const name :
       {"BTCUSDT-trades-2023-02-29.zip", "BTCUSDT-trades-from-ws-2024.csv", "2024-08-08.csv",
        "BTCUSDT-trades-2024-8-8x.csv", "BTCUSDT-trades-2024.zip"}) {
    EXPECT_FALSE(days_of_file(name)) << name;
  }
}

TEST(WrongMember, IsOneOfAnotherSymbolOrDay) {
  std::filesystem::path const archive{"BTCUSDT-trades-2024-08-08.zip"};
  EXPECT_EQ(wrong_member("BTCUSDT-trades-2024-08-08.csv", "BTCUSDT", archive), "");
  EXPECT_EQ(wrong_member("x/BTCUSDT.csv", "BTCUSDT", archive), "");
  EXPECT_EQ(wrong_member("BTCUSDT-trades-2024-08-08.csv", "BTCUSDT", "BTCUSDT-trades-2024-08.zip"),
            "");
  EXPECT_EQ(wrong_member("ETHUSDT-trades-2024-08-08.csv", "BTCUSDT", archive),
            "is not named after BTCUSDT");
  EXPECT_EQ(wrong_member("BTCUSDTX-trades-2024-08-08.csv", "BTCUSDT", archive),
            "is not named after BTCUSDT");
  EXPECT_EQ(wrong_member("BTCUSDT-trades-2024-08-09.csv", "BTCUSDT", archive),
            "is named after another day");
  EXPECT_EQ(wrong_member("BTCUSDT-readme.txt", "BTCUSDT", archive), "is no .csv file");
}

}  // namespace
}  // namespace k2::verify
