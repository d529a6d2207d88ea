#include "io/child_process.hpp"

#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

namespace k2::io {
namespace {

constexpr std::chrono::seconds kPatience{60};

std::string text_of(std::filesystem::path const& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

TEST(ChildProcess, EndsWithItsOutputInTheFile) {
  test::TempDir const folder;
  auto const output = folder.path() / "out";
  for (int run = 0; run < 2; ++run) {
    auto child = ChildProcess::start({"/bin/sh", "-c", "echo said; echo more >&2; exit 7"}, output);
    ASSERT_TRUE(child);
    ASSERT_TRUE(child->wait(kPatience));
    EXPECT_EQ(child->exit_code(), 7);
  }
  EXPECT_EQ(text_of(output), "said\nmore\nsaid\nmore\n");
}

TEST(ChildProcess, IsNamedWhenItCannotBegin) {
  test::TempDir const folder;
  auto const child = ChildProcess::start({"/nowhere/program"}, folder.path() / "out");
  ASSERT_FALSE(child);
  EXPECT_NE(child.error().detail.find("/nowhere/program"), std::string::npos);
}

TEST(ChildProcess, ASignalThatEndsItIsInItsCode) {
  test::TempDir const folder;
  auto child = ChildProcess::start({"/bin/sleep", "1000"}, folder.path() / "out");
  ASSERT_TRUE(child);
  EXPECT_FALSE(child->wait(std::chrono::milliseconds{1}));
  EXPECT_EQ(child->exit_code(), std::nullopt);
  child->signal(SIGKILL);
  ASSERT_TRUE(child->wait(kPatience));
  EXPECT_EQ(child->exit_code(), 128 + SIGKILL);
}

TEST(ChildProcess, IsFoundAgainByItsMarkAndByNoOther) {
  test::TempDir const folder;
  auto child = ChildProcess::start({"/bin/sleep", "1000"}, folder.path() / "out");
  ASSERT_TRUE(child);
  EXPECT_FALSE(ChildProcess::find(child->pid(), child->started_ticks() + 1));
  auto found = ChildProcess::find(child->pid(), child->started_ticks());
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->wait(std::chrono::milliseconds{1}));
  found->signal(SIGTERM);
  EXPECT_TRUE(found->wait(kPatience));
  EXPECT_EQ(found->exit_code(), std::nullopt) << "only its parent is told";
  ASSERT_TRUE(child->wait(kPatience));
  EXPECT_EQ(child->exit_code(), 128 + SIGTERM);
  EXPECT_FALSE(ChildProcess::find(child->pid(), child->started_ticks()));
}

}  // namespace
}  // namespace k2::io
