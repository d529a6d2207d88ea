#include "app/toml_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(TomlFile, IsFlattenedToDottedKeysWithTheirLines) {
  auto const entries = parse_toml(
      "data_dir = \"/var/lib/k2\"\n"
      "\n"
      "[binance]\n"
      "symbols = [\"BTCUSDT\", \"币安人生USDT\"]\n"
      "ssl_verify = false\n"
      "rest_weight_share = 0.25\n"
      "journal.sync = \"full\"\n"
      "gap = 1_000\n");
  EXPECT_THAT(entries.value(), ElementsAre(FileEntry{"data_dir", "/var/lib/k2", 1},
                                           FileEntry{"binance.symbols", "BTCUSDT,币安人生USDT", 4},
                                           FileEntry{"binance.ssl_verify", "false", 5},
                                           FileEntry{"binance.rest_weight_share", "0.25", 6},
                                           FileEntry{"binance.journal.sync", "full", 7},
                                           FileEntry{"binance.gap", "1000", 8}));
}

TEST(TomlFile, MayBeEmpty) {
  EXPECT_THAT(parse_toml("").value(), ElementsAre());
  EXPECT_THAT(parse_toml("# nothing\n").value(), ElementsAre());
}

TEST(TomlFile, ShowsAnEmptyTableSoThatAMistypedOneIsFound) {
  EXPECT_THAT(parse_toml("\n[binanse]\n").value(), ElementsAre(FileEntry{"binanse", "", 2}));
}

TEST(TomlFile, NamesThePlaceWhereItIsNotToml) {
  EXPECT_THAT(parse_toml("a = 1\nb = \n").error().detail, HasSubstr("line 2, column"));
  EXPECT_THAT(parse_toml("a = 1\na = 2\n").error().detail, HasSubstr("line 2"));
  EXPECT_THAT(parse_toml("a = \"\xFF\"\n").error().detail, HasSubstr("line 1"));
}

TEST(TomlFile, RefusesDatesAndTablesInsideArrays) {
  EXPECT_THAT(parse_toml("a = 2026-11-23\n").error().detail, HasSubstr("line 1: a holds a date"));
  EXPECT_TRUE(parse_toml("[[a]]\nb = 1\n").has_error());
}

}  // namespace
}  // namespace k2::app
