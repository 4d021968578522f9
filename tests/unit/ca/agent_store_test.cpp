#include "issue/agent_store.hpp"

#include <catch2/catch.hpp>

#include "crypto/key_pair.hpp"

using namespace halligan;

TEST_CASE("how long an agent may keep a certificate: whole seconds, never beyond its end, at least one") {
  struct Row {
    std::uint64_t end;  // Unix seconds
    std::uint64_t now;  // Unix milliseconds
    std::uint32_t left;
  };
  const auto row = GENERATE(values<Row>({{1000, 940'000, 60},
                                         {1000, 940'001, 59},
                                         {1000, 998'000, 2},
                                         {1000, 999'000, 1},
                                         {1000, 999'999, 1},
                                         {1000, 1'000'000, 0},
                                         {1000, 2'000'000, 0},
                                         {0, 0, 0},
                                         {UINT64_MAX, 0, UINT32_MAX},
                                         {UINT32_MAX, 0, UINT32_MAX}}));
  const auto key = crypto::generate_key(ssh::KeyType::kEd25519).value();
  ssh::CertificateBody body{.subject = key.key, .ca = key.key};
  body.valid_before = row.end;
  CHECK(issue::seconds_left(body, row.now) == row.left);
}
