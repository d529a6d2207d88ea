// Turns one text frame of the exchange into a Trade, and classifies every other frame. The hot path
// of K2: it reads straight from the receive buffer and allocates nothing per trade. The fast parser
// of exact_trade reads a frame in the exchange's own layout, simdjson any other shape. It does not
// judge order or repetition: the sequencer does. Shard's thread.
#pragma once

#include "core/result.hpp"
#include "core/symbol.hpp"
#include "core/trade.hpp"
#include "feed/frame_kind.hpp"
#include "feed/kline.hpp"
#include "feed/stream_names.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace k2::feed {

class JsonFrameReader;
struct JsonFrame;

/// The exchange's answer to a request, or its refusal.
struct Reply {
  /// The request's own id; none when the exchange could not read it or sent none.
  std::optional<std::int64_t> id;
  /// The exchange's error number; 0 in an answer.
  std::int64_t code = 0;
  std::string message;

  friend bool operator==(Reply const&, Reply const&) = default;
};

class TradeDecoder {
 public:
  /// The table must outlive the decoder and may grow meanwhile.
  explicit TradeDecoder(SymbolTable const& symbols);
  ~TradeDecoder();
  TradeDecoder(TradeDecoder const&) = delete;
  TradeDecoder& operator=(TradeDecoder const&) = delete;

  /// Reads a frame, behind which 64 bytes must be readable, and returns its kind. `out` is a trade
  /// only with kTrade; `why`, unless null, receives the reason of a kind that is a failure.
  /// Errors: kJsonSyntax (kNotJson), kSymbolUnknown (kUnknownSymbol), kExchangeError
  /// (kReplyError), kFieldMissing, kFieldInvalid, kDecimalSyntax, kDecimalRange (kBadTrade,
  /// kBadKline).
  FrameKind decode(std::string_view frame, UtcTime received_at, Trade& out, Error* why = nullptr);

  /// Decodes by the general parser alone; decode() must never differ from it.
  FrameKind decode_any_shape(std::string_view frame, UtcTime received_at, Trade& out,
                             Error* why = nullptr);

  /// The last frame of kind kKline.
  [[nodiscard]] Kline const& kline() const noexcept { return kline_; }
  /// The last frame of kind kReply or kReplyError.
  [[nodiscard]] Reply const& reply() const noexcept { return reply_; }
  /// The number of frames of this kind.
  [[nodiscard]] std::uint64_t count(FrameKind kind) const noexcept {
    return counts_[static_cast<std::size_t>(kind)];
  }

 private:
  FrameKind classify(JsonFrame const& frame, Trade& out, Error* why);
  FrameKind take_trade(JsonFrame const& frame, Trade& out, Error* why);
  FrameKind take_kline(JsonFrame const& frame, Error* why);
  FrameKind take_reply(JsonFrame const& frame, Error* why);
  [[nodiscard]] std::optional<SymbolIndex> find_symbol(std::string_view text);

  SymbolTable const& symbols_;
  StreamNames names_;
  std::unique_ptr<JsonFrameReader> json_;
  Kline kline_;
  Reply reply_;
  std::array<std::uint64_t, kFrameKinds> counts_{};
};

}  // namespace k2::feed
