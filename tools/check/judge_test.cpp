#include "tools/check/judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::check {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(JudgeClock, WarnsInBothDirections) {
  EXPECT_EQ(judge_clock(milliseconds{50}).grade, Grade::kOk);
  EXPECT_EQ(judge_clock(milliseconds{-51}).grade, Grade::kWarn);
  EXPECT_THAT(judge_clock(milliseconds{51}).remedy, HasSubstr("latencies"));
  EXPECT_THAT(judge_clock(milliseconds{-501}).remedy, HasSubstr("chrony"));
  EXPECT_THAT(judge_clock(milliseconds{-501}).seen, HasSubstr("-501 ms"));
}

TEST(JudgeWeight, WarnsWhenOthersSpendMostOfIt) {
  EXPECT_EQ(judge_weight(4'800, 6'000).grade, Grade::kOk);
  Finding const much = judge_weight(4'801, 6'000);
  EXPECT_EQ(much.grade, Grade::kWarn);
  EXPECT_EQ(much.seen, "4801 of 6000 used in this minute");
  EXPECT_THAT(much.remedy, HasSubstr("binance.rest_weight_share"));
}

TEST(JudgeDisk, LooksAtRoomAndAtSpeed) {
  Disk disk{.path = "/k2",
            .free_bytes = 5'000'000'000,
            .size_bytes = 9'000'000'000,
            .write_rate = 20'000'000,
            .sync = std::chrono::milliseconds{50}};
  auto found = judge_disk(disk);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].grade, Grade::kOk);
  EXPECT_EQ(found[0].seen, "5000 MB free of 9000 MB at /k2");
  EXPECT_EQ(found[1].grade, Grade::kOk);
  EXPECT_EQ(found[1].seen, "20 MB/s written, durable in 50.0 ms");
  disk.free_bytes -= 1;
  disk.sync += std::chrono::microseconds{1};
  found = judge_disk(disk);
  EXPECT_EQ(found[0].grade, Grade::kWarn);
  EXPECT_EQ(found[1].grade, Grade::kWarn);
  disk.free_bytes = 199'999'999;
  EXPECT_EQ(judge_disk(disk)[0].grade, Grade::kFail);
}

TEST(JudgeDisk, WarnsOfANetworkFileSystem) {
  auto const found = judge_disk({.path = "/k2", .network = "nfs"});
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[2].grade, Grade::kWarn);
  EXPECT_EQ(found[2].seen, "nfs at /k2: a network file system");
  EXPECT_THAT(found[2].remedy, HasSubstr("local disk"));
}

TEST(JudgeDisk, WarnsOfASlowWrite) {
  EXPECT_EQ(judge_disk({.free_bytes = 1, .write_rate = 19'999'999})[1].grade, Grade::kWarn);
}

TEST(JudgeOpenFiles, FailsWhereAStreamCannotRun) {
  EXPECT_EQ(judge_open_files(512).grade, Grade::kOk);
  EXPECT_EQ(judge_open_files(511).grade, Grade::kWarn);
  EXPECT_EQ(judge_open_files(63).grade, Grade::kFail);
}

TEST(JudgeFileSize, WarnsOfALimitThatTheJournalReaches) {
  EXPECT_EQ(judge_file_size(std::nullopt).grade, Grade::kOk);
  EXPECT_EQ(judge_file_size(8'000'000'000).grade, Grade::kOk);
  Finding const small = judge_file_size(7'999'000'000);
  EXPECT_EQ(small.grade, Grade::kWarn);
  EXPECT_EQ(small.seen, "a file may have 7999 MB");
  EXPECT_THAT(small.remedy, HasSubstr("LimitFSIZE"));
}

TEST(JudgeTakenPort, TellsOursFromOthers) {
  Finding const ours = judge_taken_port("127.0.0.1:9091", "0.1.0");
  EXPECT_EQ(ours.grade, Grade::kOk);
  EXPECT_EQ(ours.seen, "a stream of k2 0.1.0 listens on 127.0.0.1:9091");
  Finding const others = judge_taken_port("127.0.0.1:9091", std::nullopt);
  EXPECT_EQ(others.grade, Grade::kFail);
  EXPECT_THAT(others.remedy, HasSubstr("metrics.listen"));
}

TEST(JudgeCopies, WantsThreeWhereThereAreThreeBrokersAndAllInSync) {
  Copies copies{.topic = "t", .brokers = 3, .replicas = 3, .in_sync = 3};
  EXPECT_EQ(judge_copies(copies).grade, Grade::kOk);
  EXPECT_EQ(judge_copies(copies).seen, "3, 3 of them in sync, on 3 brokers");
  copies.in_sync = 2;
  EXPECT_EQ(judge_copies(copies).grade, Grade::kWarn);
  EXPECT_THAT(judge_copies(copies).remedy, HasSubstr("behind"));
  copies = {.topic = "t", .brokers = 3, .replicas = 2, .in_sync = 2};
  EXPECT_THAT(judge_copies(copies).remedy, HasSubstr("3 replicas"));
  copies = {.topic = "t", .brokers = 1, .replicas = 1, .in_sync = 1};
  EXPECT_EQ(judge_copies(copies).grade, Grade::kOk);
}

TEST(JudgeRetention, WarnsOfATopicThatKeepsTradesForLessThanTheSetting) {
  using std::chrono::hours;
  Retention retention{.topic = "t", .kept = hours{168}, .wanted = std::chrono::milliseconds{-1}};
  EXPECT_EQ(judge_retention(retention).grade, Grade::kWarn);
  EXPECT_EQ(judge_retention(retention).seen, "7d");
  EXPECT_THAT(judge_retention(retention).remedy, HasSubstr("retention.ms=-1"));
  retention.wanted = hours{720};
  EXPECT_THAT(judge_retention(retention).remedy, HasSubstr("retention.ms=2592000000"));
  retention.kept = hours{720};
  EXPECT_EQ(judge_retention(retention).grade, Grade::kOk);
  retention.kept = std::chrono::milliseconds{-1};
  EXPECT_EQ(judge_retention(retention).grade, Grade::kOk);
  EXPECT_EQ(judge_retention(retention).seen, "unlimited");
}

TEST(JudgeSchema, IsContentWithOneThatIsThereOrWouldBeTaken) {
  Finding const there = judge_schema({.subject = "t-value", .id = 7});
  EXPECT_EQ(there.subject, "schema t-value");
  EXPECT_EQ(there.seen, "registered with id 7");
  EXPECT_EQ(judge_schema({.subject = "t-value"}).grade, Grade::kOk);
  Finding const refused = judge_schema({.subject = "t-value", .fits = false, .why = "no"});
  EXPECT_EQ(refused.grade, Grade::kFail);
  EXPECT_THAT(refused.remedy, HasSubstr("another kafka.topic"));
}

TEST(JudgeChain, ShowsItAndWarnsTwoWeeksAhead) {
  UtcTime const now{std::chrono::days{20'000}};
  std::vector<ShownCertificate> const chain{
      {"CN=stream", "CN=between", now + std::chrono::days{90}},
      {"CN=between", "CN=root", now + std::chrono::days{14}}};
  Finding const good = judge_chain("host", chain, now);
  EXPECT_EQ(good.grade, Grade::kOk);
  EXPECT_THAT(good.seen, HasSubstr("CN=stream (by CN=between) <- CN=between (by CN=root), until "));
  EXPECT_EQ(judge_chain("host", chain, now + std::chrono::seconds{1}).grade, Grade::kWarn);
  EXPECT_EQ(judge_chain("host", {}, now).grade, Grade::kWarn);
}

TEST(JudgeLine, IsContentOnlyWithData) {
  LineSeen seen{.url = "wss://host",
                .description = "1.2.3.4:9443 TLSv1.3",
                .first_data = milliseconds{12},
                .waited = milliseconds{10'000}};
  EXPECT_EQ(judge_line(seen).grade, Grade::kOk);
  EXPECT_EQ(judge_line(seen).seen, "1.2.3.4:9443 TLSv1.3, first market data after 12 ms");
  EXPECT_THAT(judge_line(seen).remedy, IsEmpty());
  seen.first_data.reset();
  EXPECT_EQ(judge_line(seen).grade, Grade::kWarn);
  EXPECT_THAT(judge_line(seen).seen, HasSubstr("no market data in 10000 ms"));
}

}  // namespace
}  // namespace k2::check
