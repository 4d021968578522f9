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
  CHECK(parse_agent_signature(Bytes{12, 0, 0, 0, 0}).error().message ==
        "ssh-agent: unexpected response type 12");
  CHECK(parse_agent_list(Bytes{12, 0xFF, 0xFF, 0xFF, 0xFF}).error().message == "ssh-agent: 4294967295 keys");
  CHECK_FALSE(parse_agent_list(Bytes{}));
}

TEST_CASE("an agent's signature, and SHA-512 for RSA") {
  Signature signature{.algorithm = SignatureAlgorithm::kEd25519, .raw = Bytes(64, 3)};
  WireWriter writer;
  writer.u8(14).string(encode(signature));
  REQUIRE(parse_agent_signature(writer.bytes()));
  CHECK(*parse_agent_signature(writer.bytes()) == signature);
  CHECK(agent_sign_request(vector_key("rsa"), as_bytes("x"), SignatureAlgorithm::kRsaSha512).back() == 4);
  CHECK(agent_sign_request(vector_key("rsa"), as_bytes("x"), SignatureAlgorithm::kRsaSha256).back() == 2);
  CHECK(agent_sign_request(vector_key("ed25519"), as_bytes("x"), SignatureAlgorithm::kEd25519).back() == 0);
  CHECK(agent_frame(agent_list_request()) == Bytes{0, 0, 0, 1, 11});
}

TEST_CASE("a key with its certificate for an agent: what stands where") {
  const Certificate certificate = vector_certificate("defaults");
  PrivateKey key{.key = vector_key("ed25519")};
  REQUIRE(key.secret.append(Bytes(32, 7)));
  const KeyText frame = agent_add_frame(key, certificate, "who", {.lifetime = 60, .confirm = true}).value();
  WireReader outside(frame.view());
  WireReader message(outside.string().value());
  CHECK(outside.done());
  CHECK(message.u8().value() == 25);
  CHECK(message.text().value() == "ssh-ed25519-cert-v01@openssh.com");
  CHECK(same(message.string().value(), encode(certificate)));
  CHECK(same(message.string().value(), key.key.point()));
  Bytes pair(32, 7);
  append(pair, key.key.point());
  CHECK(same(message.string().value(), pair));
  CHECK(message.text().value() == "who");
  CHECK(same(message.rest(), Bytes{1, 0, 0, 0, 60, 2}));
  const KeyText unasked = agent_add_frame(key, certificate, "who", {.lifetime = 1}).value();
  CHECK(same(unasked.view().last(5), Bytes{1, 0, 0, 0, 1}));
}

TEST_CASE("what is not given to an agent") {
  const Certificate certificate = vector_certificate("defaults");
  const PrivateKey key{.key = vector_key("ed25519")};
  const PrivateKey on_token{.key = vector_key("sk-ecdsa")};
  CHECK(agent_add_frame(key, certificate, "", {.lifetime = 0}).error().code == Code::kBadInput);
  CHECK(agent_add_frame(on_token, certificate, "", {.lifetime = 1}).error().code == Code::kBadInput);
  CHECK(agent_add_frame(key, certificate, std::string(KeyText::kCapacity, 'x'), {.lifetime = 1})
            .error()
            .message == "key and certificate are too large for the ssh-agent");
}

TEST_CASE("an agent says yes in one way only") {
  CHECK(parse_agent_success(Bytes{6}));
  CHECK(parse_agent_success(Bytes{5}).error().code == Code::kUnreachable);
  for (const Bytes& other : {Bytes{}, Bytes{6, 0}, Bytes{12}, Bytes{28}}) {
    CHECK(parse_agent_success(other).error().code == Code::kBadInput);
  }
  CHECK(agent_remove_request(Bytes{9}) == Bytes{18, 0, 0, 0, 1, 9});
}

TEST_CASE("an agent lists a certificate by its whole blob") {
  const Bytes blob = encode(vector_certificate("defaults"));
  WireWriter writer;
  writer.u8(12).u32(2).string(vector_key("rsa").blob()).text("").string(blob).text("a certificate");
  CHECK(agent_lists(writer.bytes(), blob).value());
  CHECK(agent_lists(writer.bytes(), vector_key("rsa").blob()).value());
  Bytes other = blob;
  other.back() ^= 1;
  CHECK_FALSE(agent_lists(writer.bytes(), other).value());
  CHECK_FALSE(agent_lists(writer.bytes(), {}).value());
  CHECK(agent_lists(Bytes{5}, blob).error().code == Code::kUnreachable);
}

TEST_CASE("a token's key as an identity: the handle, the library and how long") {
  for (const char* name : {"sk-ecdsa", "sk-ed25519"}) {
    const PublicKey key = vector_key(name);
    const SkHandle handle{.key = key, .flags = 0x20, .key_handle = Bytes(16, 7)};
    for (const std::optional<std::uint32_t> lifetime :
         {std::optional<std::uint32_t>(), std::optional<std::uint32_t>(3600)}) {
      WireWriter message;
      message.u8(25).text(key.name());
      if (key.type() == KeyType::kSkEcdsa) message.text("nistp256");
      message.string(key.point()).text(key.application()).u8(0x20).string(Bytes(16, 7)).text("");
      message.text("a comment").u8(255).text("sk-provider@openssh.com").text("/lib/x.so");
      if (lifetime) message.u8(1).u32(*lifetime);
      CHECK(agent_add_handle_frame(handle, "a comment", "/lib/x.so", lifetime) ==
            agent_frame(message.bytes()));
    }
  }
}
