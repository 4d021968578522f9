#include "ssh/attestation.hpp"

#include <catch2/catch.hpp>

#include "base/codec.hpp"
#include "ssh/wire.hpp"

using namespace halligan;
using namespace halligan::ssh;

namespace {

WireWriter file_of(std::string_view magic) {
  return std::move(WireWriter().text(magic).string(Bytes{1}).string(Bytes{2, 3}).string(Bytes{4}));
}

}  // namespace

TEST_CASE("the attestation that ssh-keygen can write too") {
  const Attestation attestation{Bytes{1}, Bytes{2, 3}, Bytes{}};
  const Bytes written = write_attestation(attestation);
  CHECK(hex(written) ==
        "000000117373682d736b2d6174746573742d763031"
        "0000000101"
        "000000020203"
        "00000000"
        "00000000"
        "00000000");
  CHECK(parse_attestation(written).value() == attestation);
}

TEST_CASE("an attestation is all of its file") {
  const Bytes good = write_attestation({Bytes{1}, Bytes{2, 3}, Bytes{4}});
  for (std::size_t size = 0; size < good.size(); ++size) {
    INFO(size);
    CHECK(parse_attestation(ByteView(good).first(size)).error().code == Code::kBadInput);
  }
  Bytes longer = good;
  longer.push_back(0);
  CHECK(parse_attestation(longer).error().message == "attestation: 1 trailing bytes");
}

TEST_CASE("what an attestation may not be") {
  struct Row {
    Bytes file;
    Code code;
    const char* message;
  };
  const Row row =
      GENERATE(values<Row>({{file_of("ssh-sk-attest-v00").u32(0).text("").take(), Code::kUnsupported,
                             "attestation: it is of OpenSSH 8.2 or 8.3, and lacks what was signed"},
                            {file_of("ssh-sk-attest-v02").u32(0).text("").take(), Code::kBadInput,
                             "attestation: not a file of ssh-keygen -O write-attestation"},
                            {file_of("ssh-sk-attest-v01").u32(1).text("").take(), Code::kUnsupported,
                             "attestation: its reserved fields are in use, by a later OpenSSH"},
                            {file_of("ssh-sk-attest-v01").u32(0).text("x").take(), Code::kUnsupported,
                             "attestation: its reserved fields are in use, by a later OpenSSH"},
                            {write_attestation({Bytes{1}, {}, Bytes{4}}), Code::kBadInput,
                             "attestation: a certificate without a signature"}}));
  const auto parsed = parse_attestation(row.file);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == row.code);
  CHECK(parsed.error().message == row.message);
}
