#include "ssh/sshsig.hpp"

#include <catch2/catch.hpp>

#include "ssh/wire.hpp"
#include "vectors.hpp"

using namespace halligan;
using namespace halligan::ssh;

namespace {

Sshsig good_sshsig() {
  Sshsig out{.key = vector_key("ed25519"), .name_space = "file"};
  out.signature.algorithm = SignatureAlgorithm::kEd25519;
  out.signature.raw = Bytes(64, 7);
  return out;
}

}  // namespace

TEST_CASE("an SSH signature comes back as it went, and its mutations are refused or exact") {
  const auto hash = GENERATE(SshsigHash::kSha256, SshsigHash::kSha512);
  Sshsig signature = good_sshsig();
  signature.hash = hash;
  const Bytes blob = encode(signature);
  REQUIRE(parse_sshsig(blob));
  CHECK(*parse_sshsig(blob) == signature);
  const std::size_t refused = count_refused_mutations(blob, [](const Bytes& mutated) {
    const auto parsed = parse_sshsig(mutated);
    if (parsed) REQUIRE(encode(*parsed) == mutated);
    return parsed.has_value();
  });
  CHECK(refused > blob.size());
}

TEST_CASE("an SSH signature that others would read differently is refused") {
  const auto with = [](std::uint32_t version, std::string_view reserved, std::string_view hash,
                       std::string_view name_space) {
    WireWriter writer;
    writer.raw(as_bytes("SSHSIG")).u32(version).string(vector_key("ed25519").blob()).text(name_space);
    writer.text(reserved).text(hash).string(encode(good_sshsig().signature));
    return parse_sshsig(writer.bytes());
  };
  CHECK(with(1, "", "sha512", "file"));
  CHECK(with(2, "", "sha512", "file").error().message == "SSH signature: unsupported version 2");
  CHECK(with(1, "x", "sha512", "file").error().message == "SSH signature: the reserved field is not empty");
  CHECK(with(1, "", "sha1", "file").error().message == "SSH signature: unknown hash sha1");
  CHECK(with(1, "", "sha512", "").error().message == "SSH signature: a namespace of 0 bytes");
  Sshsig other = good_sshsig();
  other.key = vector_key("ecdsa256");
  CHECK(parse_sshsig(encode(other)).error().message == "SSH signature: a signature of another kind of key");
}
