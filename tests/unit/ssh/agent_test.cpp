#include "ssh/agent.hpp"

#include <catch2/catch.hpp>

#include "ssh/wire.hpp"
#include "vectors.hpp"

using namespace halligan;
using namespace halligan::ssh;

TEST_CASE("an agent's keys: ours are listed, kinds that we do not know and certificates are left out") {
  WireWriter writer;
  writer.u8(12).u32(3).string(vector_key("ed25519").blob()).text("mine");
  writer.string(encode(vector_certificate("defaults"))).text("a certificate");
  writer.string(vector_key("sk-ecdsa").blob()).text("on a token");
  const auto keys = parse_agent_list(writer.bytes());
  REQUIRE(keys);
  REQUIRE(keys->size() == 2);
  CHECK((*keys)[0].comment == "mine");
  CHECK((*keys)[1].key == vector_key("sk-ecdsa"));
  const std::size_t refused = count_refused_mutations(
      writer.bytes(), [](const Bytes& mutated) { return parse_agent_list(mutated).has_value(); });
  CHECK(refused > writer.bytes().size());
}

TEST_CASE("an agent that refuses, or answers something else") {
  CHECK(parse_agent_list(Bytes{5}).error().code == Code::kUnreachable);
  CHECK(parse_agent_signature(Bytes{5}).error().code == Code::kNeedsPerson);
  CHECK(parse_agent_signature(Bytes{12, 0, 0, 0, 0}).error().message == "ssh-agent: answer of type 12");
  CHECK(parse_agent_list(Bytes{12, 0xFF, 0xFF, 0xFF, 0xFF}).error().message == "ssh-agent: 4294967295 keys");
  CHECK_FALSE(parse_agent_list(Bytes{}));
}

TEST_CASE("an agent's signature, and SHA-512 for RSA") {
  Signature signature{.algorithm = SignatureAlgorithm::kEd25519, .raw = Bytes(64, 3)};
  WireWriter writer;
  writer.u8(14).string(encode(signature));
  REQUIRE(parse_agent_signature(writer.bytes()));
  CHECK(*parse_agent_signature(writer.bytes()) == signature);
  CHECK(agent_sign_request(vector_key("rsa"), as_bytes("x")).back() == 4);
  CHECK(agent_sign_request(vector_key("ed25519"), as_bytes("x")).back() == 0);
  CHECK(agent_frame(agent_list_request()) == Bytes{0, 0, 0, 1, 11});
}
