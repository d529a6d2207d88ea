// Any bytes through the decoder of stored datums: it never reads past them, and what it takes as a
// trade can be printed in every format.
#include "core/assert.hpp"
#include "sink/trade_record.hpp"
#include "sink/trade_text.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  // A copy of exactly this size, so that AddressSanitizer sees a read behind it.
  std::vector<char> const bytes(data, data + size);
  k2::sink::AvroReader reader{{bytes.data(), bytes.size()}};
  k2::sink::TradeRecord record;
  std::string text;
  while (!reader.at_end()) {
    char const* const before = reader.place();
    if (!k2::sink::read_trade(reader, record)) break;
    K2_ASSERT(reader.place() > before && reader.place() <= bytes.data() + bytes.size());
    text.clear();
    k2::sink::append_csv_row(record, text);
    k2::sink::append_table_row(record, text);
    k2::sink::append_flat_json_line(record, text);
    k2::sink::append_json_line(record, text);
    K2_ASSERT(text.ends_with("}\n"));
    (void)record.late();
    (void)record.from_rest();
  }
  return 0;
}
