#include "io/avro_container.hpp"

#include "sink/avro.hpp"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

namespace k2::io {
namespace {

using namespace std::string_view_literals;

constexpr AvroSync kSync{'0', '1', '2', '3', '4', '5', '6', '7',
                         '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

std::string container_of(AvroCodec codec, std::initializer_list<std::string_view> datums) {
  AvroContainer container{"\"string\"", codec, kSync};
  std::string out;
  container.begin(out);
  for (auto const& datum : datums) container.add(datum, out);
  container.finish(out);
  return out;
}

// tests/export reads whole containers back with fastavro; here are the bytes of a small one.
TEST(AvroContainer, WritesHeaderBlockAndMarker) {
  EXPECT_EQ(container_of(AvroCodec::kNone, {"\x02x"sv, "\x04yz"sv}),
            "Obj\x01\x04"
            "\x16"
            "avro.schema\x10\"string\""
            "\x14"
            "avro.codec\x08null\x00"
            "0123456789abcdef"
            "\x04\x0A\x02x\x04yz"
            "0123456789abcdef"sv);
}

TEST(AvroContainer, IsAHeaderAloneWhenNothingIsAdded) {
  EXPECT_TRUE(container_of(AvroCodec::kZstd, {})
                  .ends_with("zstandard\0"
                             "0123456789abcdef"sv));
}

TEST(AvroContainer, CompressesEachBlockByItself) {
  std::string const datum(300'000, 'x');
  std::string const out = container_of(AvroCodec::kZstd, {datum, "\x02y"});
  auto const header = out.find("0123456789abcdef") + 16;
  sink::AvroReader reader{std::string_view{out}.substr(header)};
  std::int64_t count = 0;
  std::string_view packed;
  ASSERT_TRUE(reader.read_long(count));
  ASSERT_TRUE(reader.read_bytes(packed));
  EXPECT_EQ(count, 1);
  EXPECT_EQ(ZSTD_getFrameContentSize(packed.data(), packed.size()), datum.size());
  EXPECT_LT(packed.size(), 1'000U);
}

}  // namespace
}  // namespace k2::io
