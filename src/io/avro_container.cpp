#include "io/avro_container.hpp"

#include "core/assert.hpp"
#include "sink/avro.hpp"

#include <zlib.h>
#include <zstd.h>

#include <sys/random.h>

namespace k2::io {
namespace {

/// Units: bytes before compression. Chosen: large enough to compress well, small against memory.
constexpr std::size_t kBlockBytes = std::size_t{128} << 10;

std::string_view codec_name(AvroCodec codec) {
  switch (codec) {
    case AvroCodec::kNone:
      return "null";
    case AvroCodec::kDeflate:
      return "deflate";
    case AvroCodec::kZstd:
      return "zstandard";
  }
  return "null";
}

}  // namespace

/// Both codecs keep their working memory from block to block.
class AvroContainer::Compressor {
 public:
  Compressor() {
    // A negative window means raw deflate, as the specification requires.
    int const made =
        deflateInit2(&deflate_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
    K2_ASSERT(made == Z_OK);
    K2_ASSERT(zstd_ != nullptr);
  }
  ~Compressor() {
    deflateEnd(&deflate_);
    ZSTD_freeCCtx(zstd_);
  }
  Compressor(Compressor const&) = delete;
  Compressor& operator=(Compressor const&) = delete;

  std::string_view compress(AvroCodec codec, std::string_view bytes) {
    if (codec == AvroCodec::kNone) return bytes;
    return codec == AvroCodec::kDeflate ? compress_deflate(bytes) : compress_zstd(bytes);
  }

 private:
  std::string_view compress_deflate(std::string_view bytes) {
    deflateReset(&deflate_);
    packed_.resize(deflateBound(&deflate_, bytes.size()));
    // zlib takes a pointer to non-const, but only reads.
    deflate_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    deflate_.avail_in = static_cast<uInt>(bytes.size());
    deflate_.next_out = reinterpret_cast<Bytef*>(packed_.data());
    deflate_.avail_out = static_cast<uInt>(packed_.size());
    int const done = deflate(&deflate_, Z_FINISH);
    K2_ASSERT(done == Z_STREAM_END);
    return {packed_.data(), packed_.size() - deflate_.avail_out};
  }

  std::string_view compress_zstd(std::string_view bytes) {
    packed_.resize(ZSTD_compressBound(bytes.size()));
    auto const size = ZSTD_compressCCtx(zstd_, packed_.data(), packed_.size(), bytes.data(),
                                        bytes.size(), ZSTD_CLEVEL_DEFAULT);
    K2_ASSERT(ZSTD_isError(size) == 0);
    return {packed_.data(), size};
  }

  z_stream deflate_{};
  ZSTD_CCtx* zstd_ = ZSTD_createCCtx();
  std::string packed_;
};

AvroSync random_avro_sync() {
  AvroSync sync{};
  auto const got = getrandom(sync.data(), sync.size(), 0);
  K2_ASSERT(got == std::ssize(sync));
  return sync;
}

AvroContainer::AvroContainer(std::string_view schema, AvroCodec codec, AvroSync const& sync)
    : schema_(schema), codec_(codec), sync_(sync), compressor_(std::make_unique<Compressor>()) {}

AvroContainer::~AvroContainer() = default;

void AvroContainer::begin(std::string& out) {
  out.append("Obj\x01", 4);
  sink::append_long(2, out);
  sink::append_bytes("avro.schema", out);
  sink::append_bytes(schema_, out);
  sink::append_bytes("avro.codec", out);
  sink::append_bytes(codec_name(codec_), out);
  sink::append_long(0, out);
  out.append(sync_.data(), sync_.size());
}

void AvroContainer::add(std::string_view datum, std::string& out) {
  gathered_.append(datum);
  ++count_;
  if (gathered_.size() >= kBlockBytes) append_block(out);
}

void AvroContainer::finish(std::string& out) {
  if (count_ > 0) append_block(out);
}

void AvroContainer::append_block(std::string& out) {
  sink::append_long(count_, out);
  sink::append_bytes(compressor_->compress(codec_, gathered_), out);
  out.append(sync_.data(), sync_.size());
  gathered_.clear();
  count_ = 0;
}

}  // namespace k2::io
