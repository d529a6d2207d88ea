#include "feed/trade_decoder.hpp"

#include "feed/exact_trade.hpp"
#include "feed/exchange_time.hpp"
#include "feed/json_frame.hpp"

namespace k2::feed {
namespace {

FrameKind fail(FrameKind kind, Error* why, Errc code, std::string_view detail) {
  if (why != nullptr) *why = Error{code, detail};
  return kind;
}

/// What keeps a trade or candle from being one: a code, and the key it is about.
struct Fault {
  Errc code = Errc::kOk;
  std::string_view key;
  std::string_view text;

  explicit operator bool() const noexcept { return code != Errc::kOk; }
};

FrameKind fail(FrameKind kind, Error* why, Fault const& fault) {
  if (why == nullptr) return kind;
  std::string detail{fault.key};
  if (!fault.text.empty()) detail.append(": ").append(fault.text);
  *why = Error{fault.code, detail};
  return kind;
}

template <class T>
Fault require(Field<T> const& field, std::string_view key) {
  switch (field.seen) {
    case Seen::kMissing:
      return {Errc::kFieldMissing, key, {}};
    case Seen::kWrong:
      return {Errc::kFieldInvalid, key, {}};
    case Seen::kPresent:
      return {};
  }
  return {};
}

template <class Number>
Fault take_decimal(TextField const& field, std::string_view key, Number& out) {
  if (auto const fault = require(field, key)) return fault;
  std::int64_t mantissa = 0;
  if (auto const code = parse_decimal(field.value, mantissa); code != Errc::kOk) {
    return {code, key, field.value};
  }
  out = Number::from_mantissa(mantissa);
  return {};
}

Fault take_time(IntegerField const& field, std::string_view key, UtcTime& out) {
  if (auto const fault = require(field, key)) return fault;
  auto const time = exchange_time(field.value);
  if (!time) return {Errc::kFieldInvalid, key, {}};
  out = *time;
  return {};
}

Fault take_id(IntegerField const& field, std::string_view key, TradeId& out) {
  if (auto const fault = require(field, key)) return fault;
  if (field.value < 0) return {Errc::kFieldInvalid, key, {}};
  out = static_cast<TradeId>(field.value);
  return {};
}

/// Everything of a trade but its symbol.
Fault fill_trade(EventFields const& event, Trade& out) {
  if (auto const fault = take_id(event.trade_id, "t", out.id)) return fault;
  if (auto const fault = take_decimal(event.price, "p", out.price)) return fault;
  if (auto const fault = take_decimal(event.quantity, "q", out.quantity)) return fault;
  if (auto const fault = take_time(event.traded_at, "T", out.traded_at)) return fault;
  if (auto const fault = require(event.buyer_is_maker, "m")) return fault;
  out.side = event.buyer_is_maker.value ? Side::kSell : Side::kBuy;
  out.origin = Origin::kStream;
  out.late = false;
  out.event_at = kNoTime;
  if (event.event_at.seen == Seen::kMissing) return {};
  return take_time(event.event_at, "E", out.event_at);
}

/// The ids of a candle; -1 for both means that nothing traded.
Fault fill_kline_ids(KlineFields const& kline, Kline& out) {
  if (auto const fault = require(kline.first_id, "k.f")) return fault;
  if (auto const fault = require(kline.last_id, "k.L")) return fault;
  if (auto const fault = require(kline.trade_count, "k.n")) return fault;
  if (kline.trade_count.value < 0) return {Errc::kFieldInvalid, "k.n", {}};
  out.trade_count = static_cast<std::uint64_t>(kline.trade_count.value);
  auto const first = kline.first_id.value;
  auto const last = kline.last_id.value;
  out.trades.reset();
  if (first == -1 && last == -1) return {};
  if (first < 0) return {Errc::kFieldInvalid, "k.f", {}};
  if (last < first) return {Errc::kFieldInvalid, "k.L", {}};
  out.trades = IdRange{static_cast<TradeId>(first), static_cast<TradeId>(last)};
  return {};
}

Fault fill_kline(EventFields const& event, Kline& out) {
  if (auto const fault = require(event.kline, "k")) return fault;
  KlineFields const& kline = event.kline.value;
  if (auto const fault = take_time(kline.open_at, "k.t", out.open_at)) return fault;
  if (auto const fault = take_time(kline.close_at, "k.T", out.close_at)) return fault;
  if (auto const fault = require(kline.closed, "k.x")) return fault;
  out.closed = kline.closed.value;
  return fill_kline_ids(kline, out);
}

}  // namespace

TradeDecoder::TradeDecoder(SymbolTable const& symbols)
    : symbols_(symbols), json_(std::make_unique<JsonFrameReader>()) {
  names_.learn(symbols_);
}

TradeDecoder::~TradeDecoder() = default;

FrameKind TradeDecoder::decode(std::string_view frame, UtcTime received_at, Trade& out,
                               Error* why) {
  if (read_exact_trade(frame, names_, received_at, out)) {
    ++counts_[static_cast<std::size_t>(FrameKind::kTrade)];
    return FrameKind::kTrade;
  }
  return decode_any_shape(frame, received_at, out, why);
}

FrameKind TradeDecoder::decode_any_shape(std::string_view frame, UtcTime received_at, Trade& out,
                                         Error* why) {
  JsonFrame fields;
  FrameKind kind = FrameKind::kNotJson;
  if (auto const error = json_->read(frame, fields)) {
    fail(kind, why, Errc::kJsonSyntax, simdjson::error_message(error));
  } else {
    kind = classify(fields, out, why);
  }
  out.received_at = received_at;
  ++counts_[static_cast<std::size_t>(kind)];
  return kind;
}

FrameKind TradeDecoder::classify(JsonFrame const& frame, Trade& out, Error* why) {
  auto const& name = frame.event.name;
  if (!name.present()) {
    if (frame.stream.present() || frame.combined) {
      // A trade that lost its name is a trade lost: it must not pass for another event.
      bool const was_trade = frame.stream.present() && frame.stream.value.ends_with("@trade");
      return was_trade ? fail(FrameKind::kBadTrade, why, require(name, "e"))
                       : FrameKind::kOtherEvent;
    }
    return take_reply(frame, why);
  }
  if (name.value == "trade") return take_trade(frame, out, why);
  if (name.value == "kline") return take_kline(frame, why);
  if (name.value == "serverShutdown") return FrameKind::kServerShutdown;
  return FrameKind::kOtherEvent;
}

FrameKind TradeDecoder::take_trade(JsonFrame const& frame, Trade& out, Error* why) {
  auto const& text = frame.event.symbol;
  if (auto const fault = require(text, "s")) return fail(FrameKind::kBadTrade, why, fault);
  auto const symbol = find_symbol(text.value);
  if (!symbol) return fail(FrameKind::kUnknownSymbol, why, Errc::kSymbolUnknown, text.value);
  if (auto const fault = fill_trade(frame.event, out)) {
    return fail(FrameKind::kBadTrade, why, fault);
  }
  out.symbol = *symbol;
  return FrameKind::kTrade;
}

FrameKind TradeDecoder::take_kline(JsonFrame const& frame, Error* why) {
  auto const& text = frame.event.symbol;
  if (auto const fault = require(text, "s")) return fail(FrameKind::kBadKline, why, fault);
  auto const symbol = find_symbol(text.value);
  if (!symbol) return fail(FrameKind::kUnknownSymbol, why, Errc::kSymbolUnknown, text.value);
  Kline kline;
  kline.symbol = *symbol;
  if (auto const fault = fill_kline(frame.event, kline)) {
    return fail(FrameKind::kBadKline, why, fault);
  }
  kline_ = kline;
  return FrameKind::kKline;
}

FrameKind TradeDecoder::take_reply(JsonFrame const& frame, Error* why) {
  auto const& fields = frame.reply;
  bool const refused = fields.has_error || (fields.code.present() && fields.message.present());
  if (!refused && !fields.has_result) return FrameKind::kOtherEvent;
  reply_ = Reply{};
  if (fields.id.present()) reply_.id = fields.id.value;
  if (!refused) return FrameKind::kReply;
  reply_.code = fields.code.value;
  reply_.message = fields.message.value;
  return fail(FrameKind::kReplyError, why, Errc::kExchangeError,
              std::to_string(reply_.code) + " " + reply_.message);
}

std::optional<SymbolIndex> TradeDecoder::find_symbol(std::string_view text) {
  auto const found = symbols_.find(text);
  // The table grew since the fast road last looked.
  if (found && names_.learned() != symbols_.size()) names_.learn(symbols_);
  return found;
}

}  // namespace k2::feed
