#include "io/disk_probe.hpp"

#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace k2::io {
namespace {

TEST(DiskProbe, MeasuresAndLeavesNothingBehind) {
  test::TempDir const dir;
  auto const data_dir = dir.path() / "not" / "there";
  auto const probe = probe_disk(data_dir);
  ASSERT_TRUE(probe.has_value()) << probe.error().to_string();
  EXPECT_GT(probe->size_bytes, probe->free_bytes / 2);
  EXPECT_GT(probe->free_bytes, 0U);
  EXPECT_GT(probe->write_rate, 0U);
  EXPECT_TRUE(std::filesystem::is_empty(data_dir));
}

TEST(DiskProbe, KnowsNetworkFileSystems) {
  EXPECT_EQ(network_file_system(0x6969), "nfs");
  EXPECT_EQ(network_file_system(0xff534d42), "cifs");
  EXPECT_EQ(network_file_system(0x01021994), "") << "tmpfs";
  EXPECT_EQ(network_file_system(0xef53), "") << "ext4";
}

TEST(DiskProbe, NamesTheDirectoryThatItCannotUse) {
  auto const probe = probe_disk("/proc/k2");
  ASSERT_FALSE(probe.has_value());
  EXPECT_EQ(probe.error().code, Errc::kFileFailed);
  EXPECT_THAT(probe.error().detail, testing::HasSubstr("/proc/k2"));
}

}  // namespace
}  // namespace k2::io
