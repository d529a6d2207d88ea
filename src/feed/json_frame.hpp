// Reads one frame of any shape (combined or raw, any order of keys, unknown keys, wrong types)
// into the few fields that K2 knows. It decides nothing: the decoder does. Shard's thread.
// Only .cpp files of feed include this header.
#pragma once

#include "feed/field_values.hpp"
#include "feed/json_fields.hpp"

namespace k2::feed {

/// The keys of a candle's `k`.
struct KlineFields {
  IntegerField open_at;
  IntegerField close_at;
  IntegerField first_id;
  IntegerField last_id;
  IntegerField trade_count;
  BoolField closed;
};

/// The keys of an event; the same letter means different things in different events, so what is
/// right is known only together with `name`.
struct EventFields {
  TextField name;
  TextField symbol;
  TradeFields trade;
  Field<KlineFields> kline;
};

/// The keys of the reply to a request, or of its refusal.
struct ReplyFields {
  bool has_result = false;
  bool has_error = false;
  IntegerField id;
  IntegerField code;
  TextField message;
};

struct JsonFrame {
  /// The stream's name; combined frames only.
  TextField stream;
  /// True when the event came inside `data`.
  bool combined = false;
  EventFields event;
  ReplyFields reply;
};

class JsonFrameReader {
 public:
  JsonFrameReader();

  /// Reads a frame that has simdjson's 64 bytes of readable padding behind it. Texts in `out`
  /// stay valid until the next read. Allocates only for a frame longer than all before.
  /// Errors: simdjson's own; any but SUCCESS means that the frame is not JSON.
  simdjson::error_code read(std::string_view frame, JsonFrame& out);

 private:
  simdjson::ondemand::parser parser_;
};

}  // namespace k2::feed
