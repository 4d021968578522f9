#include "io/decompress.hpp"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <catch2/catch.hpp>
#include <functional>

#include "base/codec.hpp"

using namespace halligan;

namespace {

constexpr std::size_t kLimit = 4 * 1024 * 1024;

Bytes gzip(const std::string& text) {
  z_stream stream{};
  REQUIRE(::deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  Bytes out(::deflateBound(&stream, static_cast<uLong>(text.size())));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

Bytes xz(const std::string& text) {
  Bytes out(::lzma_stream_buffer_bound(text.size()));
  std::size_t size = 0;
  REQUIRE(::lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr,
                                    reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                                    out.data(), &size, out.size()) == LZMA_OK);
  out.resize(size);
  return out;
}

// With a checksum, as zstd(1) writes.
Bytes zstd(const std::string& text) {
  Bytes out(::ZSTD_compressBound(text.size()));
  ZSTD_CCtx* context = ::ZSTD_createCCtx();
  ::ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  const std::size_t size = ::ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size());
  ::ZSTD_freeCCtx(context);
  REQUIRE_FALSE(::ZSTD_isError(size));
  out.resize(size);
  return out;
}

struct Packer {
  const char* name;
  std::function<Bytes(const std::string&)> pack;
};
const std::vector<Packer> kPackers{{"gzip", gzip}, {"xz", xz}, {"zstd", zstd}};

Result<Bytes> unpacked(const Bytes& data, std::size_t limit = kLimit) {
  return io::decompressed("log", data, limit);
}

// Too long for one chunk, and not all the same.
std::string long_text() {
  std::string out;
  for (int i = 0; out.size() < 1'000'000; ++i) out += "line " + std::to_string(i * 7919) + "\n";
  return out;
}

}  // namespace

TEST_CASE("what was compressed comes back, in one part or several") {
  const std::string text = long_text();
  for (const Packer& packer : kPackers) {
    CAPTURE(packer.name);
    Bytes packed = packer.pack(text);
    CHECK(packed.size() < text.size() / 2);
    CHECK(as_text(unpacked(packed).value()) == text);
    const Bytes more = packer.pack("more\n");
    packed.insert(packed.end(), more.begin(), more.end());
    CHECK(as_text(unpacked(packed).value()) == text + "more\n");
    CHECK(unpacked(packer.pack("")).value().empty());
  }
  Bytes padded = gzip("x");
  padded.resize(padded.size() + 512);
  CHECK(as_text(unpacked(padded).value()) == "x");
}

TEST_CASE("what is not compressed is as it was") {
  for (const char* text : {"", "\x1f", "Nov 22 06:55:12 h sshd[1]: m\n", "BZh9"}) {
    const ByteView bytes = as_bytes(text);
    CHECK(as_text(unpacked(Bytes(bytes.begin(), bytes.end())).value()) == text);
  }
}

TEST_CASE("compressed data that is cut off is an error wherever that is") {
  for (const Packer& packer : kPackers) {
    const Bytes whole = packer.pack("Accepted publickey for root\n");
    for (std::size_t size = 6; size < whole.size(); ++size) {
      CAPTURE(packer.name, size);
      const auto got = unpacked(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
      REQUIRE_FALSE(got);
      CHECK(got.error().message == std::string("log: the ") + packer.name + " data is cut off");
    }
  }
}

TEST_CASE("compressed data that is damaged, or followed by something else, is not taken for a text") {
  const std::string text = "Accepted publickey for root\n";
  for (const Packer& packer : kPackers) {
    const Bytes whole = packer.pack(text);
    std::size_t refused = 0;
    for (std::size_t at = 6; at < whole.size(); ++at) {
      Bytes changed = whole;
      changed[at] ^= 0x20;
      const auto got = unpacked(changed);
      // Some bits of a header, its time for one, say nothing about the text.
      if (got)
        CHECK(as_text(*got) == text);
      else
        ++refused;
    }
    CAPTURE(packer.name);
    CHECK(refused > whole.size() / 2);
    Bytes followed = whole;
    for (const char c : std::string("rest of a log\n")) followed.push_back(static_cast<std::uint8_t>(c));
    CHECK_FALSE(unpacked(followed));
  }
}

TEST_CASE("a small file that decompresses to a large one stops at the limit") {
  for (const Packer& packer : kPackers) {
    CAPTURE(packer.name);
    const Bytes packed = packer.pack(std::string(kLimit, 'x'));
    CHECK(packed.size() < kLimit / 100);
    CHECK(unpacked(packed).value().size() == kLimit);
    const auto got = unpacked(packed, kLimit - 1);
    REQUIRE_FALSE(got);
    CHECK(got.error().message == "log is larger than 4194303 bytes when decompressed");
  }
}
