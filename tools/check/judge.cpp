#include "tools/check/judge.hpp"

#include "core/duration.hpp"
#include "core/iso_time.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace k2::check {
namespace {

using std::chrono::milliseconds;

/// The alert K2ClockOff begins there.
constexpr milliseconds kClockWarn{500};
/// Chosen: latencies mean something below it.
constexpr milliseconds kClockNote{50};
/// Share of the limit; the backfill may use up to binance.rest_weight_share of it.
constexpr double kWeightWarn = 0.8;
/// Chosen: a day of the busiest market, some 20 million trades of 100 bytes, with room to spare.
constexpr std::uint64_t kFreeWarn = 5'000'000'000;
/// Chosen: below it the journal stops within hours.
constexpr std::uint64_t kFreeFail = 200'000'000;
/// Chosen: ten times what the busiest market writes.
constexpr std::uint64_t kWriteRateWarn = 20'000'000;
/// Chosen: with journal.sync = full each commit waits that long; the default commits each 5 ms.
constexpr std::chrono::microseconds kSyncWarn{50'000};
/// Connections, files and sockets of the watch server. The alert K2FileDescriptorsHigh begins at
/// 80 % of the limit.
constexpr std::uint64_t kFilesFail = 64;
constexpr std::uint64_t kFilesWarn = 512;
constexpr std::chrono::days kCertificateWarn{14};
/// Chosen: some days of a busy market.
constexpr std::uint64_t kFileSizeWarn = 8'000'000'000;
/// Source: Kafka's own advice, where there are as many brokers.
constexpr int kReplicasWanted = 3;

Grade grade_by(bool fails, bool warns) {
  return fails ? Grade::kFail : warns ? Grade::kWarn : Grade::kOk;
}

std::string megabytes(std::uint64_t bytes) {
  return fmt::format("{:.0f} MB", static_cast<double>(bytes) / 1e6);
}

}  // namespace

Finding judge_clock(milliseconds offset) {
  auto const off = std::chrono::abs(offset);
  Finding finding{
      .grade = grade_by(false, off > kClockNote),
      .subject = "clock",
      .seen = fmt::format("the exchange's clock less this machine's: {} ms", offset.count())};
  if (off > kClockWarn) {
    finding.remedy = "synchronise this machine's clock (chrony, systemd-timesyncd)";
  } else if (off > kClockNote) {
    finding.remedy = "latencies from the exchange are not to be trusted: synchronise the clock";
  }
  return finding;
}

Finding judge_weight(std::uint64_t used, std::uint64_t limit) {
  bool const much = static_cast<double>(used) > static_cast<double>(limit) * kWeightWarn;
  return {.grade = grade_by(false, much),
          .subject = "REST weight",
          .seen = fmt::format("{} of {} used in this minute", used, limit),
          .remedy = much ? "other programs behind this address use the exchange's REST; lower "
                           "binance.rest_weight_share, or give K2 an address of its own"
                         : ""};
}

Findings judge_disk(Disk const& disk) {
  bool const fails = disk.free_bytes < kFreeFail;
  bool const warns = disk.free_bytes < kFreeWarn;
  Finding const room{.grade = grade_by(fails, warns),
                     .subject = "disk room",
                     .seen = fmt::format("{} free of {} at {}", megabytes(disk.free_bytes),
                                         megabytes(disk.size_bytes), disk.path),
                     .remedy = warns ? "make room, or set data_dir to a larger disk" : ""};
  bool const slow = disk.write_rate < kWriteRateWarn || disk.sync > kSyncWarn;
  Finding const speed{
      .grade = grade_by(false, slow),
      .subject = "disk speed",
      .seen = fmt::format("{}/s written, durable in {:.1f} ms", megabytes(disk.write_rate),
                          static_cast<double>(disk.sync.count()) / 1e3),
      .remedy = slow ? "the journal may fall behind in busy minutes; take a local disk" : ""};
  if (disk.network.empty()) return {room, speed};
  return {room, speed,
          Finding{.grade = Grade::kWarn,
                  .subject = "file system",
                  .seen = fmt::format("{} at {}: a network file system", disk.network, disk.path),
                  .remedy = "set data_dir to a local disk: SQLite's write-ahead log needs memory "
                            "and locks that its readers and its writer share"}};
}

Finding judge_open_files(std::uint64_t limit) {
  bool const warns = limit < kFilesWarn;
  return {.grade = grade_by(limit < kFilesFail, warns),
          .subject = "open files",
          .seen = fmt::format("{} may be open at the same time", limit),
          .remedy = warns ? "raise it: ulimit -n, or LimitNOFILE in the systemd unit" : ""};
}

Finding judge_file_size(std::optional<std::uint64_t> limit) {
  bool const warns = limit && *limit < kFileSizeWarn;
  return {.grade = grade_by(false, warns),
          .subject = "file size",
          .seen = limit ? fmt::format("a file may have {}", megabytes(*limit)) : "without limit",
          .remedy = warns ? "the journal is one file: raise it (ulimit -f, LimitFSIZE in the "
                            "systemd unit), or set journal.max_bytes below it"
                          : ""};
}

Finding judge_taken_port(std::string const& listen, std::optional<std::string> const& version) {
  Finding finding{.subject = "metrics.listen"};
  if (version) {
    finding.seen = fmt::format("a stream of k2 {} listens on {}", *version, listen);
    return finding;
  }
  finding.grade = Grade::kFail;
  finding.seen = fmt::format("{} is taken, and not by a stream of K2", listen);
  finding.remedy = "set metrics.listen to another port, or to off; `ss -ltnp` shows who has it";
  return finding;
}

Finding judge_copies(Copies const& copies) {
  int const wanted = std::min(copies.brokers, kReplicasWanted);
  bool const few = copies.replicas < wanted;
  bool const behind = copies.in_sync < copies.replicas;
  Finding finding{.grade = grade_by(false, few || behind),
                  .subject = "copies of " + copies.topic,
                  .seen = fmt::format("{}, {} of them in sync, on {} brokers", copies.replicas,
                                      copies.in_sync, copies.brokers)};
  if (behind) {
    finding.remedy = "a broker is away or behind: when one more goes, delivery may wait";
  } else if (few) {
    finding.remedy = fmt::format(
        "the death of a broker stops delivery, or loses trades: give the topic {} replicas "
        "(kafka-reassign-partitions)",
        wanted);
  }
  return finding;
}

Finding judge_retention(Retention const& retention) {
  auto const text = [](std::chrono::milliseconds time) {
    return time.count() < 0 ? std::string{"unlimited"} : format_duration(time);
  };
  bool const is_short = retention.kept.count() >= 0 &&
                        (retention.wanted.count() < 0 || retention.kept < retention.wanted);
  Finding finding{.grade = grade_by(false, is_short),
                  .subject = "retention of " + retention.topic,
                  .seen = text(retention.kept)};
  if (is_short) {
    finding.remedy = fmt::format(
        "kafka.trades_retention is {}: kafka-configs --alter --entity-type topics --entity-name "
        "{} --add-config retention.ms={}, or set kafka.trades_retention to what is wanted",
        text(retention.wanted), retention.topic, retention.wanted.count());
  }
  return finding;
}

Finding judge_schema(SchemaSeen const& seen) {
  Finding finding{.subject = "schema " + seen.subject};
  if (!seen.fits) {
    finding.grade = Grade::kFail;
    finding.seen = "the registry holds one that this one is incompatible with: " + seen.why;
    finding.remedy = "use another kafka.topic, or set the subject's compatibility to NONE";
  } else if (seen.id) {
    finding.seen = fmt::format("registered with id {}", *seen.id);
  } else {
    finding.seen = "the registry takes it; K2 registers it at its start";
  }
  return finding;
}

Finding judge_chain(std::string const& host, std::span<ShownCertificate const> chain, UtcTime now) {
  Finding finding{.subject = "certificates of " + host};
  if (chain.empty()) {
    finding.grade = Grade::kWarn;
    finding.seen = "none was shown";
    finding.remedy =
        "use wss:// and https:// URLs; without TLS anybody on the way can forge trades";
    return finding;
  }
  UtcTime ends = chain.front().not_after;
  for (ShownCertificate const& certificate : chain) {
    ends = std::min(ends, certificate.not_after);
    finding.seen += fmt::format("{}{} (by {})", finding.seen.empty() ? "" : " <- ",
                                certificate.subject, certificate.issuer);
  }
  finding.seen += ", until " + print_iso_time(ends);
  if (ends < now + kCertificateWarn) {
    finding.grade = Grade::kWarn;
    finding.remedy =
        "it runs out soon; the exchange renews its own, a private one is yours to renew";
  }
  return finding;
}

Finding judge_line(LineSeen const& seen) {
  Finding finding{.subject = "line " + seen.url};
  if (seen.first_data) {
    finding.seen = fmt::format("{}, first market data after {} ms", seen.description,
                               seen.first_data->count());
    return finding;
  }
  finding.grade = Grade::kWarn;
  finding.seen =
      fmt::format("{}, but no market data in {} ms", seen.description, seen.waited.count());
  finding.remedy =
      "fine for symbols that trade rarely; else try again with --wait 60s, and check "
      "the spelling of symbols";
  return finding;
}

}  // namespace k2::check
