#include "handoff/ustar.hpp"

#include <catch2/catch.hpp>
#include <memory>

using namespace halligan;

namespace {

const std::vector<std::string_view> kNames{"a/one", "a/two"};

Bytes good_archive() {
  const auto out = std::make_unique<handoff::ArchiveText>();
  const Bytes large(513, 'x');
  const std::vector<handoff::ArchiveMember> members{{kNames[0], as_bytes("one\n")}, {kNames[1], large}};
  REQUIRE(handoff::write_ustar(members, 1234567, *out));
  return to_bytes(out->view());
}

}  // namespace

TEST_CASE("an archive comes back as it went; any other byte in a header or in the padding is refused") {
  const Bytes archive = good_archive();
  REQUIRE(archive.size() == 512 + 512 + 512 + 1024 + 1024);
  const auto found = handoff::parse_ustar(archive, kNames);
  REQUIRE(found);
  CHECK(found->time == 1234567);
  CHECK(as_text(found->contents[0]) == "one\n");
  CHECK(found->contents[1].size() == 513);
  for (std::size_t i = 0; i < archive.size(); ++i) {
    Bytes changed = archive;
    changed[i] ^= 1;
    const bool contents = (i >= 512 && i < 516) || (i >= 1536 && i < 1536 + 513);
    CAPTURE(i);
    CHECK(handoff::parse_ustar(changed, kNames).has_value() == contents);
  }
  for (std::size_t size = 0; size < archive.size(); size += 7) {
    CHECK_FALSE(handoff::parse_ustar(ByteView(archive).first(size), kNames));
  }
  Bytes longer = archive;
  longer.resize(longer.size() + 512);
  CHECK_FALSE(handoff::parse_ustar(longer, kNames));
}

TEST_CASE("what does not fit is refused") {
  const auto out = std::make_unique<handoff::ArchiveText>();
  const Bytes large(handoff::ArchiveText::kCapacity, 'x');
  const std::vector<handoff::ArchiveMember> members{{"a", large}};
  CHECK(handoff::write_ustar(members, 1, *out).error().message == "bundle: too large");
  const std::string name(100, 'n');
  const std::vector<handoff::ArchiveMember> named{{name, {}}};
  CHECK_FALSE(handoff::write_ustar(named, 1, *out));
  CHECK_FALSE(handoff::write_ustar({}, std::uint64_t{1} << 33, *out));
}
