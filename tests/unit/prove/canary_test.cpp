#include "crypto/canary.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "crypto/digest.hpp"
#include "crypto/public_key.hpp"
#include "prove/canary_file.hpp"
#include "unit/ssh/vectors.hpp"

using namespace halligan;

TEST_CASE("the key of a canary is the hash of its key ID and no point of the curve") {
  std::set<std::string> seen;
  for (int i = 0; i < 50; ++i) {
    const auto made = crypto::make_canary_key({"root", i % 2 == 1}).value();
    const auto hash = crypto::sha256(as_bytes(made.key_id));
    CHECK(std::ranges::equal(made.key.point(), hash));
    CHECK(crypto::is_off_curve(made.key));
    CHECK_FALSE(crypto::check_public_key(made.key));
    CHECK(crypto::is_canary(made.key_id, made.key));
    CHECK(crypto::parse_canary_name(made.key_id)->revoked == (i % 2 == 1));
    CHECK(seen.insert(made.key_id).second);
    // One letter less, and it is another hash.
    CHECK_FALSE(crypto::is_canary(made.key_id.substr(0, made.key_id.size() - 1), made.key));
  }
}

TEST_CASE("a hash that is a point of the curve makes no canary: somebody might know its key") {
  int points = 0;
  for (int i = 0; i < 40; ++i) {
    const std::string name =
        "halligan-canary root " + std::string(30, '0') + (i < 10 ? "0" : "") + std::to_string(i);
    const auto hash = crypto::sha256(as_bytes(name));
    const auto key = ssh::PublicKey::make(ssh::KeyType::kEd25519, hash).value();
    const bool point = !crypto::is_off_curve(key);
    points += point ? 1 : 0;
    CHECK(crypto::is_canary(name, key) == !point);
  }
  CHECK(points > 5);
  CHECK(points < 35);
}

TEST_CASE("names of canaries") {
  const std::string nonce(32, 'a');
  const auto row = GENERATE_COPY(values<std::pair<std::string, bool>>({
      {"halligan-canary root " + nonce, true},
      {"halligan-canary-revoked root " + nonce, true},
      {"halligan-canary " + nonce, false},
      {"halligan-canary  " + nonce, false},
      {"halligan-canary a b " + nonce, false},
      {"halligan-canary root " + nonce + "a", false},
      {"halligan-canary root " + std::string(32, 'A'), false},
      {"halligan-canary2 root " + nonce, false},
      {"x halligan-canary root " + nonce, false},
      {"halligan-canary " + std::string(65, 'r') + " " + nonce, false},
      {"halligan-canary r\303\266\303\266t " + nonce, false},
      {"", false},
  }));
  CAPTURE(row.first);
  CHECK(crypto::parse_canary_name(row.first).has_value() == row.second);
}

TEST_CASE("a file of canaries has nothing else in it") {
  const std::string user = ssh::vector_text("certificates/" + std::string("ecdsa256-by-ed25519.pub"));
  const auto parsed = prove::parse_canaries(user);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().message.find("not a canary") != std::string::npos);
  CHECK_FALSE(prove::parse_canaries(""));
}
