#include "ssh/krl_writer.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace halligan;
using namespace halligan::ssh;

namespace {

Krl of_one_ca(std::vector<SerialRange> serials, std::vector<std::string_view> ids = {}) {
  Krl krl;
  krl.authorities.push_back({.ca = as_bytes("a CA"),
                             .serials = std::move(serials),
                             .ids = std::move(ids),
                             .parts = {},
                             .unknown = {}});
  return krl;
}

std::vector<SerialRange> every(std::uint64_t step, std::size_t count, std::uint64_t first = 1) {
  std::vector<SerialRange> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back({first + i * step, first + i * step});
  return out;
}

// "LRB": the forms that are in it.
std::string forms(const KrlAuthority& authority) {
  std::string out;
  for (const SerialPart& part : authority.parts) {
    out += part.form == SerialForm::kList ? 'L' : part.form == SerialForm::kRange ? 'R' : 'B';
  }
  return out;
}

}  // namespace

TEST_CASE("serials are written in the smallest form, and read back as they were") {
  struct Row {
    std::vector<SerialRange> serials;
    std::string forms;
  };
  const auto row = GENERATE(values<Row>({
      {{{1, 1}}, "L"},
      {{{5, 6}}, "L"},
      {{{5, 7}}, "R"},
      {{{1, UINT64_MAX}}, "R"},
      {{{UINT64_MAX - 1, UINT64_MAX}}, "L"},
      {{{UINT64_MAX - 5, UINT64_MAX}}, "R"},
      {{{1, 1}, {UINT64_MAX, UINT64_MAX}}, "L"},
      {{{1, 1}, {100, 1000000}, {2000000, 2000000}}, "RL"},
      {every(2, 3), "B"},
      {every(2, 2), "L"},
      {every(2, 8192), "B"},   // bits 0 to 16382
      {every(2, 8193), "BL"},  // one more than a bitmap holds
      {every(2, 100, UINT64_MAX - 198), "B"},
      {every(8, 4, 1), "B"},                          // the top bit of the number is not set
      {{{8, 8}, {10, 10}, {12, 12}, {15, 15}}, "B"},  // it is
      {every(1000, 5), "L"},
      {{{1, 20}, {22, 40}, {42, 60}, {62, 80}}, "B"},
  }));
  const auto file = write_krl(of_one_ca(row.serials));
  REQUIRE(file);
  const auto krl = parse_krl(*file);
  REQUIRE(krl);
  CHECK(krl->authorities.at(0).serials == row.serials);
  CHECK(forms(krl->authorities.at(0)) == row.forms);
}

TEST_CASE("a list, however long, is one sorted subsection") {
  const auto file = write_krl(of_one_ca(every(1000000007, 100000)));
  REQUIRE(file);
  const auto krl = parse_krl(*file);
  REQUIRE(krl);
  REQUIRE(krl->authorities.at(0).parts.size() == 1);
  CHECK(krl->authorities.at(0).parts[0].sorted);
  CHECK(file->size() < 100000 * 8 + 200);
}

TEST_CASE("everything until now is as small for a million as for two") {
  const auto million = write_krl(of_one_ca({{1, 1000000}}));
  REQUIRE(million);
  CHECK(million->size() == write_krl(of_one_ca({{1, 3}}))->size());
}

TEST_CASE("keys, hashes, key IDs, the header and several CAs are read back as they were") {
  const Bytes sha1(20, 1);
  const Bytes sha256(32, 2);
  Krl krl = of_one_ca({{7, 7}}, {"ann", "bob"});
  krl.authorities.push_back(
      {.ca = as_bytes("other"), .serials = {{7, 9}}, .ids = {}, .parts = {}, .unknown = {}});
  krl.authorities.push_back({.ca = as_bytes("empty"), .serials = {}, .ids = {}, .parts = {}, .unknown = {}});
  krl.version = 42;
  krl.generated = 1000;
  krl.comment = "why";
  krl.keys = {as_bytes("a key"), as_bytes("b key")};
  krl.sha1 = {sha1};
  krl.sha256 = {sha256};
  const auto file = write_krl(krl);
  REQUIRE(file);
  const auto again = parse_krl(*file);
  REQUIRE(again);
  CHECK(again->version == 42);
  CHECK(again->generated == 1000);
  CHECK(again->comment == "why");
  CHECK(again->authorities.size() == 2);
  CHECK(find_certificate(*again, as_bytes("a CA"), "bob", 0)->by == RevokedBy::kKeyId);
  CHECK_FALSE(find_certificate(*again, as_bytes("other"), "bob", 0));
  CHECK(find_certificate(*again, as_bytes("other"), "", 8));
  CHECK_FALSE(find_certificate(*again, as_bytes("a CA"), "", 8));
  CHECK(find_key(*again, {as_bytes("b key"), {}, {}}));
  CHECK(find_key(*again, {{}, sha1, {}}));
  CHECK(find_key(*again, {{}, {}, sha256}));
}

TEST_CASE("what would lock people out or revoke too much is not written") {
  Krl any = of_one_ca({{1, 1}});
  any.authorities[0].ca = {};
  Krl extended = of_one_ca({{1, 1}});
  extended.unknown.push_back({"x", false, 0});
  Krl inside = of_one_ca({{1, 1}});
  inside.authorities[0].unknown.push_back({"x", false, 0});
  Krl is_signed = of_one_ca({{1, 1}});
  is_signed.signatures.push_back({});
  for (const Krl& krl : {any, extended, inside, is_signed}) {
    const auto file = write_krl(krl);
    REQUIRE_FALSE(file);
    CHECK(file.error().code == Code::kUnsupported);
  }
  for (const auto& serials : std::vector<std::vector<SerialRange>>{{{0, 1}},
                                                                   {{5, 4}},
                                                                   {{5, 5}, {5, 5}},
                                                                   {{5, 5}, {6, 6}},
                                                                   {{9, 9}, {1, 1}},
                                                                   {{1, UINT64_MAX}, {1, 1}}}) {
    const auto file = write_krl(of_one_ca(serials));
    REQUIRE_FALSE(file);
    CHECK(file.error().code == Code::kBadInput);
  }
}
