// Tests that the scripts under ops/faults can be parsed, and start with a description.
#include "tools/sim/fault_spec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace k2::sim {
namespace {

std::string text_of(std::filesystem::path const& path) {
  std::ostringstream text;
  text << std::ifstream{path}.rdbuf();
  return text.str();
}

TEST(FaultStories, EachBeginsWithItsStoryAndParses) {
  std::size_t stories = 0;
  std::set<FaultKind> told;
  for (auto const& entry : std::filesystem::directory_iterator{K2_FAULT_STORIES}) {
    EXPECT_EQ(entry.path().extension(), ".faults") << entry.path();
    std::string const text = text_of(entry.path());
    EXPECT_THAT(text, testing::StartsWith("# ")) << entry.path();
    auto const specs = parse_faults(text);
    ASSERT_TRUE(specs.has_value()) << entry.path() << ": " << specs.error().detail;
    EXPECT_FALSE(specs->empty()) << entry.path();
    for (FaultSpec const& spec : *specs) told.insert(spec.kind);
    ++stories;
  }
  EXPECT_EQ(stories, 17U);
  for (FaultKindInfo const& info : fault_kinds()) {
    EXPECT_TRUE(told.contains(info.kind)) << "no story of " << info.name;
  }
}

}  // namespace
}  // namespace k2::sim
