// Avro's object container file, written from datums that are already encoded: the schema in its
// header, then compressed blocks, each closed by the same 16 bytes. Appends to the caller's
// buffer; opens nothing. One thread.
// Source: Avro 1.11 specification, "Object Container Files".
#pragma once

#include "core/result.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace k2::io {

enum class AvroCodec : std::uint8_t { kNone, kDeflate, kZstd };

/// The marker between blocks: 16 bytes that data is unlikely to hold by chance.
using AvroSync = std::array<char, 16>;

/// A marker from the system's random source.
[[nodiscard]] AvroSync random_avro_sync();

class AvroContainer {
 public:
  AvroContainer(std::string_view schema, AvroCodec codec, AvroSync const& sync);
  ~AvroContainer();
  AvroContainer(AvroContainer const&) = delete;
  AvroContainer& operator=(AvroContainer const&) = delete;

  /// Appends the header; before anything else.
  void begin(std::string& out);
  /// Adds a datum; appends a block when enough have gathered.
  void add(std::string_view datum, std::string& out);
  /// Appends what has gathered. Nothing may be added behind it.
  void finish(std::string& out);

 private:
  class Compressor;
  void append_block(std::string& out);

  std::string schema_;
  AvroCodec codec_;
  AvroSync sync_;
  std::unique_ptr<Compressor> compressor_;
  std::string gathered_;
  std::int64_t count_ = 0;
};

}  // namespace k2::io
