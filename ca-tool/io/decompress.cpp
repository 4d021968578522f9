#include "io/decompress.hpp"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <new>
#include <span>
#include <string_view>

namespace halligan::io {
namespace {

constexpr std::size_t kChunk = 256 * 1024;
constexpr std::uint64_t kMostMemory = 128 * 1024 * 1024;

enum class Step { kMore, kEnd, kBad };

// Each step() takes from `in` and fills `out`, which it moves forward.
class Gzip {
 public:
  static constexpr std::string_view kName = "gzip";
  static constexpr std::string_view kMagic = "\x1f\x8b";

  Gzip() {
    constexpr int kGzipAlone = 16 + MAX_WBITS;
    if (::inflateInit2(&stream_, kGzipAlone) != Z_OK) throw std::bad_alloc();
  }
  ~Gzip() { ::inflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  Step step(ByteView& in, std::span<std::uint8_t>& out) {
    stream_.next_in = const_cast<Bytef*>(in.data());
    stream_.avail_in = static_cast<uInt>(std::min(in.size(), kChunk));
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<uInt>(out.size());
    const int answer = ::inflate(&stream_, Z_NO_FLUSH);
    in = in.subspan(static_cast<std::size_t>(stream_.next_in - in.data()));
    out = out.last(stream_.avail_out);
    if (answer == Z_OK || answer == Z_BUF_ERROR) return Step::kMore;
    if (answer != Z_STREAM_END) return Step::kBad;
    // A tape or a block device fills the rest with zeros.
    if (std::ranges::all_of(in, [](std::uint8_t byte) { return byte == 0; })) return Step::kEnd;
    return ::inflateReset(&stream_) == Z_OK ? Step::kMore : Step::kBad;
  }

 private:
  z_stream stream_{};
};

class Xz {
 public:
  static constexpr std::string_view kName = "xz";
  static constexpr std::string_view kMagic{"\xfd\x37zXZ\0", 6};

  Xz() {
    if (::lzma_stream_decoder(&stream_, kMostMemory, LZMA_CONCATENATED) != LZMA_OK) throw std::bad_alloc();
  }
  ~Xz() { ::lzma_end(&stream_); }
  Xz(const Xz&) = delete;
  Xz& operator=(const Xz&) = delete;

  Step step(ByteView& in, std::span<std::uint8_t>& out) {
    stream_.next_in = in.data();
    stream_.avail_in = in.size();
    stream_.next_out = out.data();
    stream_.avail_out = out.size();
    const lzma_ret answer = ::lzma_code(&stream_, LZMA_FINISH);
    in = in.last(stream_.avail_in);
    out = out.last(stream_.avail_out);
    if (answer == LZMA_STREAM_END) return Step::kEnd;
    return answer == LZMA_OK || answer == LZMA_BUF_ERROR ? Step::kMore : Step::kBad;
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

class Zstd {
 public:
  static constexpr std::string_view kName = "zstd";
  static constexpr std::string_view kMagic = "\x28\xb5\x2f\xfd";

  Zstd() : stream_(::ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
  }
  ~Zstd() { ::ZSTD_freeDStream(stream_); }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;

  Step step(ByteView& in, std::span<std::uint8_t>& out) {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const std::size_t answer = ::ZSTD_decompressStream(stream_, &to, &from);
    in = in.subspan(from.pos);
    out = out.subspan(to.pos);
    if (::ZSTD_isError(answer) != 0) return Step::kBad;
    return answer == 0 && in.empty() ? Step::kEnd : Step::kMore;
  }

 private:
  ZSTD_DStream* stream_;  // windows of up to 128 MiB, unless asked for more
};

template <typename Stream>
Result<Bytes> unpack(const std::string& path, ByteView in, std::size_t limit) {
  Stream stream;
  Bytes out;
  while (true) {
    const std::size_t before = out.size();
    // One byte more than allowed shows what is too large.
    out.resize(before + std::min(kChunk, limit + 1 - before));
    auto room = std::span(out).subspan(before);
    const std::size_t had = in.size();
    const Step step = stream.step(in, room);
    out.resize(out.size() - room.size());
    if (out.size() > limit) {
      return fail(Code::kBadInput,
                  path + " is larger than " + std::to_string(limit) + " bytes when decompressed");
    }
    if (step == Step::kEnd) return out;
    if (step == Step::kBad)
      return fail(Code::kBadInput, path + ": the " + std::string(Stream::kName) + " data is damaged");
    if (in.size() == had && out.size() == before) {
      return fail(Code::kBadInput, path + ": the " + std::string(Stream::kName) + " data is cut off");
    }
  }
}

}  // namespace

Result<Bytes> decompressed(const std::string& path, Bytes data, std::size_t limit) {
  const std::string_view text = as_text(data);
  if (text.starts_with(Gzip::kMagic)) return unpack<Gzip>(path, data, limit);
  if (text.starts_with(Xz::kMagic)) return unpack<Xz>(path, data, limit);
  if (text.starts_with(Zstd::kMagic)) return unpack<Zstd>(path, data, limit);
  return data;
}

}  // namespace halligan::io
