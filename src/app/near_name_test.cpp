#include "app/near_name.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace k2::app {
namespace {

std::vector<std::string> const kKnown{"symbols", "stream_url", "rest_url", "sink"};

TEST(EditDistance, CountsWhatWouldHaveToChange) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("sink", "sink"), 0U);
  EXPECT_EQ(edit_distance("snk", "sink"), 1U);
  EXPECT_EQ(edit_distance("sinks", "sink"), 1U);
  EXPECT_EQ(edit_distance("sank", "sink"), 1U);
  EXPECT_EQ(edit_distance("isnk", "sink"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(NearName, FindsTheMistypedName) {
  EXPECT_EQ(near_name("symbol", kKnown), "symbols");
  EXPECT_EQ(near_name("steam_url", kKnown), "stream_url");
  EXPECT_EQ(near_name("ret_ulr", kKnown), "rest_url");
  EXPECT_EQ(did_you_mean("snik", kKnown), "; did you mean 'sink'?");
}

TEST(NearName, FindsTheOnlyNameThatContainsIt) {
  std::vector<std::string> const known{"binance.symbols", "binance.stream_url", "binance.rest_url"};
  EXPECT_EQ(near_name("symbols", known), "binance.symbols");
  EXPECT_EQ(near_name("rest", known), "binance.rest_url");
  EXPECT_EQ(near_name("_url", known), "");
  EXPECT_EQ(near_name("sym", known), "");
}

TEST(NearName, StaysSilentWhenNothingIsNear) {
  EXPECT_EQ(near_name("brokers", kKnown), "");
  EXPECT_EQ(near_name("", kKnown), "");
  EXPECT_EQ(near_name(std::string(100'000, 's'), kKnown), "");
  EXPECT_EQ(near_name("sink", {}), "");
  EXPECT_EQ(did_you_mean("brokers", kKnown), "");
}

}  // namespace
}  // namespace k2::app
