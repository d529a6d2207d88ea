#include "io/tls_record_border.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace k2::io {
namespace {

std::string record(std::size_t body) {
  std::string bytes{"\x17\x03\x03"};
  bytes.push_back(static_cast<char>(body / 256));
  bytes.push_back(static_cast<char>(body % 256));
  return bytes.append(body, '\xFF');
}

TEST(TlsRecordBorder, GivesOneRecordAtATime) {
  std::string const bytes = record(200) + record(0) + record(16'401) + record(1);
  TlsRecordBorder border;
  std::vector<std::size_t> parts;
  for (std::size_t at = 0; at < bytes.size(); at += parts.back()) {
    parts.push_back(border.take(bytes.data() + at, bytes.size() - at));
  }
  EXPECT_EQ(parts, (std::vector<std::size_t>{205, 5, 16'406, 6}));
}

TEST(TlsRecordBorder, FindsTheBordersWhereverAReceiveEnds) {
  std::string const bytes = record(7) + record(300) + record(2);
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    TlsRecordBorder border;
    std::vector<std::size_t> ends;
    for (std::size_t at = 0; at < bytes.size();) {
      std::size_t const received = at < cut ? cut : bytes.size();
      std::size_t const taken = border.take(bytes.data() + at, received - at);
      ASSERT_GT(taken, 0U);
      at += taken;
      if (at != cut) ends.push_back(at);
    }
    EXPECT_EQ(ends.back(), bytes.size()) << cut;
    for (std::size_t const end : ends) EXPECT_TRUE(end == 12 || end == 317 || end == 324) << cut;
  }
}

TEST(TlsRecordBorder, GoesOnBytewise) {
  std::string const bytes = record(3) + record(4);
  TlsRecordBorder border;
  for (char const& byte : bytes) EXPECT_EQ(border.take(&byte, 1), 1U);
  EXPECT_EQ(border.take(bytes.data(), bytes.size()), 8U);
}

}  // namespace
}  // namespace k2::io
