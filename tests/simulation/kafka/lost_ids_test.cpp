// Worlds in which one kind of fault makes trades disappear from journals before they are in the
// topic: every trade arrives there all the same, fetched from the exchange again, and the worlds
// notice when it is not.
#include "core/planted.hpp"
#include "tests/simulation/kafka/world.hpp"
#include "tests/simulation/oracle_failure.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace k2::simulation::kafka {
namespace {

/// Worlds that must pass.
constexpr std::uint64_t kSeeds = 12;
/// Worlds among which one must find a mutant.
constexpr std::uint64_t kMutantSeeds = 200;

class LostIdsWorld : public testing::TestWithParam<JournalFault> {
 protected:
  ~LostIdsWorld() override { planted_bug = PlantedBug::kNone; }

  /// Returns the first seed that finds the mutant, or 0.
  static std::uint64_t seed_that_finds(PlantedBug mutant) {
    planted_bug = mutant;
    for (std::uint64_t seed = 1; seed <= kMutantSeeds; ++seed) {
      try {
        (void)KafkaWorld{seed, false, {}, GetParam()}.run();
      } catch (OracleFailure const& failure) {
        EXPECT_EQ(failure.oracle(), "complete") << failure.what();
        return seed;
      }
    }
    return 0;
  }
};

TEST_P(LostIdsWorld, HasEveryTradeInTheTopic) {
  std::uint64_t reopened = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ASSERT_NO_THROW(reopened += (KafkaWorld{seed, false, {}, GetParam()}.run().reopened));
  }
  EXPECT_GT(reopened, 0U);
}

TEST_P(LostIdsWorld, FindsThatLostIdsAreNotFetchedAgain) {
  auto const seed = seed_that_finds(PlantedBug::kNeverReopen);
  EXPECT_GT(seed, 0U);
  RecordProperty("seed", std::to_string(seed));
}

INSTANTIATE_TEST_SUITE_P(JournalFaults, LostIdsWorld,
                         testing::Values(JournalFault::kReplaced, JournalFault::kDamaged,
                                         JournalFault::kRetired),
                         [](auto const& fault) -> std::string {
                           switch (fault.param) {
                             case JournalFault::kReplaced:
                               return "Replaced";
                             case JournalFault::kDamaged:
                               return "Damaged";
                             case JournalFault::kRetired:
                               return "Retired";
                           }
                           return "";
                         });

}  // namespace
}  // namespace k2::simulation::kafka
