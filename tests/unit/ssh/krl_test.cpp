#include "ssh/krl.hpp"

#include <catch2/catch.hpp>

#include "ssh/wire.hpp"
#include "vectors.hpp"

using namespace halligan;
using namespace halligan::ssh;

namespace {

Bytes header() {
  WireWriter writer;
  writer.raw(as_bytes(std::string_view("SSHKRL\n\0", 8))).u32(1).u64(7).u64(1000).u64(0).text("").text("why");
  return std::move(writer).take();
}

Bytes with_section(std::uint8_t type, ByteView data) {
  WireWriter writer;
  writer.raw(header()).u8(type).string(data);
  return std::move(writer).take();
}

// Certificates of one CA, in one subsection.
Bytes certificates(std::uint8_t type, ByteView data, std::string_view ca = "") {
  WireWriter writer;
  writer.text(ca).text("").u8(type).string(data);
  return with_section(1, writer.bytes());
}

Bytes numbers(std::vector<std::uint64_t> values) {
  WireWriter writer;
  for (const std::uint64_t value : values) writer.u64(value);
  return std::move(writer).take();
}

Bytes bitmap(std::uint64_t base, ByteView magnitude) {
  WireWriter writer;
  writer.u64(base).mpint(magnitude);
  return std::move(writer).take();
}

bool revokes(const Bytes& file, std::uint64_t serial) {
  const auto krl = parse_krl(file);
  REQUIRE(krl);
  return find_certificate(*krl, as_bytes("some CA"), "id", serial).has_value();
}

}  // namespace

TEST_CASE("serials are found in each form, merged into intervals, and told by the form") {
  struct Row {
    std::uint8_t type;
    Bytes data;
    std::vector<SerialRange> serials;
    RevokedBy by;
  };
  const auto row = GENERATE(values<Row>({
      {0x20, numbers({9, 5, 6, 7}), {{5, 7}, {9, 9}}, RevokedBy::kSerialList},
      {0x20, numbers({5, 6, 7, 9}), {{5, 7}, {9, 9}}, RevokedBy::kSerialList},
      {0x21, numbers({5, 9}), {{5, 9}}, RevokedBy::kSerialRange},
      {0x21, numbers({1, UINT64_MAX}), {{1, UINT64_MAX}}, RevokedBy::kSerialRange},
      {0x22, bitmap(5, Bytes{0x01, 0x07}), {{5, 7}, {13, 13}}, RevokedBy::kSerialBitmap},
      {0x22, bitmap(0, Bytes{0x80}), {{7, 7}}, RevokedBy::kSerialBitmap},
      {0x22, bitmap(UINT64_MAX, Bytes{0x01}), {{UINT64_MAX, UINT64_MAX}}, RevokedBy::kSerialBitmap},
  }));
  const Bytes file = certificates(row.type, row.data);
  const auto krl = parse_krl(file);
  REQUIRE(krl);
  CHECK(krl->authorities.at(0).serials == row.serials);
  for (const auto& range : row.serials) {
    for (const std::uint64_t serial : {range.first, range.last}) {
      const auto found = find_certificate(*krl, as_bytes("some CA"), "id", serial);
      REQUIRE(found);
      CHECK(found->by == row.by);
      CHECK(found->serials == range);
      CHECK(found->any_ca);
    }
    if (range.first > 1) CHECK_FALSE(revokes(file, range.first - 1));
    if (range.last < UINT64_MAX) CHECK_FALSE(revokes(file, range.last + 1));
  }
  CHECK_FALSE(revokes(file, 0));
}

TEST_CASE("intervals of several subsections and sections for one CA become one") {
  WireWriter section;
  section.text("ca").text("").u8(0x21).string(numbers({10, 20})).u8(0x20).string(numbers({21, 9, 30}));
  section.u8(0x23).string(WireWriter().text("b").text("a").text("a").bytes());
  WireWriter file;
  file.raw(with_section(1, section.bytes())).u8(1);
  file.string(WireWriter().text("ca").text("").u8(0x21).string(numbers({1, 8})).bytes());
  const Bytes bytes = file.bytes();
  const auto krl = parse_krl(bytes);
  REQUIRE(krl);
  REQUIRE(krl->authorities.size() == 1);
  CHECK(krl->authorities[0].serials == std::vector<SerialRange>{{1, 21}, {30, 30}});
  CHECK(krl->authorities[0].ids == std::vector<std::string_view>{"a", "b"});
  CHECK(find_certificate(*krl, as_bytes("ca"), "b", 0)->by == RevokedBy::kKeyId);
  CHECK_FALSE(find_certificate(*krl, as_bytes("ca"), "", 22));
  CHECK_FALSE(find_certificate(*krl, as_bytes("another"), "a", 5));
  CHECK(krl->version == 7);
  CHECK(krl->generated == 1000);
  CHECK(krl->comment == "why");
}

TEST_CASE("keys are found by themselves and by their hashes") {
  const Bytes sha1(20, 1);
  const Bytes sha256(32, 2);
  WireWriter file;
  file.raw(with_section(2, WireWriter().text("key b").text("key a").bytes()));
  file.u8(3).string(WireWriter().string(sha1).bytes()).u8(5).string(WireWriter().string(sha256).bytes());
  const Bytes bytes = file.bytes();
  const auto krl = parse_krl(bytes);
  REQUIRE(krl);
  CHECK(find_key(*krl, {as_bytes("key a"), {}, {}})->by == RevokedBy::kKey);
  CHECK(find_key(*krl, {as_bytes("x"), sha1, {}})->by == RevokedBy::kSha1);
  CHECK(find_key(*krl, {as_bytes("x"), {}, sha256})->by == RevokedBy::kSha256);
  CHECK_FALSE(find_key(*krl, {as_bytes("x"), sha256, sha1}));
}

TEST_CASE("what is not known is told, and what is critical is refused") {
  const auto extension = [](std::uint8_t critical) -> Bytes {
    return WireWriter().text("new@example.org").u8(critical).text("abc").bytes();
  };
  const Bytes passed = with_section(255, WireWriter().text("new@example.org").u8(0).text("abc").bytes());
  const auto krl = parse_krl(passed);
  REQUIRE(krl);
  CHECK(krl->unknown.at(0).name == "new@example.org");
  CHECK(krl->unknown.at(0).size == 3);
  CHECK(krl->refused_for() == nullptr);
  for (const Bytes& file : {with_section(255, extension(1)), certificates(0x39, extension(1))}) {
    const auto critical = parse_krl(file);
    REQUIRE(critical);
    CHECK(critical->refused_for() != nullptr);
  }
  WireWriter signed_list;
  signed_list.raw(header()).u8(4).text("key").text("signature");
  const Bytes bytes = signed_list.bytes();
  REQUIRE(parse_krl(bytes));
  CHECK(parse_krl(bytes)->signatures.size() == 1);
}

TEST_CASE("what ssh-keygen refuses is refused, with the section and the reason") {
  Bytes large(2049, 0x7F);
  struct Row {
    const char* what;
    Bytes file;
  };
  const auto row = GENERATE_COPY(values<Row>({
      {"not a KRL", to_bytes("SSHKRL")},
      {"format 2",
       [] {
         Bytes bytes = header();
         bytes[11] = 2;
         return bytes;
       }()},
      {"section 1: serial 0", certificates(0x20, numbers({0}))},
      {"section 1: serial 0", certificates(0x21, numbers({0, 5}))},
      {"section 1: serial 0", certificates(0x22, bitmap(0, Bytes{1}))},
      {"from 9 back to 5", certificates(0x21, numbers({9, 5}))},
      {"trailing", certificates(0x21, numbers({5, 9, 10}))},
      {"truncated", certificates(0x20, Bytes(7, 1))},
      {"a bitmap of 2049 bytes", certificates(0x22, bitmap(1, large))},
      {"beyond the last serial", certificates(0x22, bitmap(UINT64_MAX, Bytes{2}))},
      {"unknown type 36", certificates(0x24, {})},
      {"unknown type 6", with_section(6, {})},
      {"a hash of 19 bytes", with_section(3, WireWriter().string(Bytes(19, 1)).bytes())},
      {"NUL inside", certificates(0x23, WireWriter().string(as_bytes(std::string_view("a\0b", 3))).bytes())},
      {"after a signature", WireWriter().raw(header()).u8(4).text("").text("").u8(2).text("").bytes()},
  }));
  CAPTURE(row.what);
  const auto krl = parse_krl(row.file);
  REQUIRE_FALSE(krl);
  CHECK_THAT(krl.error().message, Catch::Contains(row.what));
}

TEST_CASE("many CAs and many intervals are refused before they fill the memory") {
  WireWriter file;
  file.raw(header());
  for (std::size_t i = 0; i <= kMaxKrlAuthorities; ++i) {
    file.u8(1).string(WireWriter().text(std::to_string(i)).text("").bytes());
  }
  const Bytes bytes = file.bytes();
  const auto many = parse_krl(bytes);
  REQUIRE_FALSE(many);
  CHECK_THAT(many.error().message, Catch::Contains("more than 1024 CAs"));

  const Bytes bits(2048, 0x55);
  WireWriter section;
  section.text("").text("");
  for (std::uint64_t i = 0; i <= kMaxKrlIntervals / 8192; ++i)
    section.u8(0x22).string(bitmap(1 + i * 20000, bits));
  const Bytes hostile = with_section(1, section.bytes());
  const auto apart = parse_krl(hostile);
  REQUIRE_FALSE(apart);
  CHECK(apart.error().code == Code::kUnsupported);
  CHECK_THAT(apart.error().message, Catch::Contains("serials apart"));
}

TEST_CASE("a text with one NUL behind it is the text, as OpenSSH reads it") {
  const Bytes file = certificates(0x23, WireWriter().string(as_bytes(std::string_view("id\0", 3))).bytes());
  const auto krl = parse_krl(file);
  REQUIRE(krl);
  CHECK(find_certificate(*krl, as_bytes("ca"), "id", 1));
}
