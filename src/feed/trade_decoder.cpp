#include "feed/trade_decoder.hpp"

#include "feed/exact_trade.hpp"
#include "feed/field_values.hpp"
#include "feed/json_frame.hpp"

namespace k2::feed {
namespace {

FrameKind fail(FrameKind kind, Error* why, Errc code, std::string_view detail) {
  if (why != nullptr) *why = Error{code, detail};
  return kind;
}

FrameKind fail(FrameKind kind, Error* why, Fault const& fault) {
  if (why != nullptr) *why = fault.to_error();
  return kind;
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
  if (auto const fault = feed::take_trade(frame.event.trade, kStreamKeys, out)) {
    return fail(FrameKind::kBadTrade, why, fault);
  }
  out.symbol = *symbol;
  out.origin = Origin::kStream;
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
  // The table has grown since the fast parser's names were last updated.
  if (found && names_.learned() != symbols_.size()) names_.learn(symbols_);
  return found;
}

}  // namespace k2::feed
