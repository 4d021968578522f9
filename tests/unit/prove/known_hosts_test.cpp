#include "prove/known_hosts.hpp"

#include <catch2/catch.hpp>

#include "base/codec.hpp"

using namespace halligan;
using prove::parse_known_hosts;

namespace {

constexpr const char* kKey =
    " ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJ";

std::string hashed(const std::string& name) {
  const Bytes salt(20, 7);
  return "|1|" + base64(salt) + "|" + base64(crypto::hmac_sha1(salt, as_bytes(name)));
}

}  // namespace

TEST_CASE("whose key is in a line of known_hosts") {
  struct Row {
    std::string names;
    bool web1;       // web1, port 22
    bool web1_2222;  // web1, port 2222
  };
  const auto row = GENERATE(values<Row>({
      {"web1", true, true},
      {"WEB1", true, true},
      {"[web1]:2222", false, true},
      {"[web1]:22", false, false},
      {"web*", true, true},
      {"web?,!web1", false, false},
      {"web2", false, false},
      {"other,web1", true, true},
      {hashed("web1"), true, true},
      {hashed("[web1]:2222"), false, true},
      {hashed("web2"), false, false},
  }));
  CAPTURE(row.names);
  const auto known = parse_known_hosts(row.names + kKey + "\n");
  REQUIRE(known.size() == 1);
  CHECK(known.front().matches("web1", 22) == row.web1);
  CHECK(known.front().matches("web1", 2222) == row.web1_2222);
}

TEST_CASE("lines that are none are skipped") {
  const std::string text = "\n# comment\nweb1\nweb1 ssh-ed25519\nweb1 ssh-ed25519 !!!\n|1|x|y" +
                           std::string(kKey) + "\n@other web1" + kKey + "\n@revoked *" + kKey + "\r\n  web1" +
                           kKey + " comment\n";
  const auto known = parse_known_hosts(text);
  REQUIRE(known.size() == 2);
  CHECK(known[0].marker == prove::KnownHost::Marker::kRevoked);
  CHECK(known[1].patterns == "web1");
}

TEST_CASE("hosts to ask from known_hosts are those with names") {
  const auto known = parse_known_hosts("web1,192.0.2.1" + std::string(kKey) + "\n[web2]:2222" + kKey +
                                       "\n*.x" + kKey + "\n" + hashed("web3") + kKey + "\nweb1" + kKey +
                                       "\n@cert-authority web4" + kKey + "\n");
  CHECK(prove::named_hosts(known) == std::vector<std::string>{"web1", "[web2]:2222"});
}
