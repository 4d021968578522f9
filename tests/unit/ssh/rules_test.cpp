#include <catch2/catch.hpp>
#include <functional>

#include "ssh/certificate.hpp"
#include "ssh/options.hpp"
#include "vectors.hpp"

using namespace halligan;
using namespace halligan::ssh;

namespace {

CertificateBody good_body() {
  CertificateBody body{.subject = vector_key("ed25519"), .ca = vector_key("sk-ecdsa")};
  body.nonce = Bytes(kNonceSize, 1);
  body.serial = 1;
  body.key_id = "alice";
  body.principals = {"root"};
  body.valid_after = 1000;
  body.valid_before = 2000;
  body.extensions = {flag_option("permit-pty")};
  return body;
}

}  // namespace

TEST_CASE("what we issue keeps every rule") {
  CHECK(validate(good_body()));
  CertificateBody body = good_body();
  body.principals.clear();
  for (int i = 0; i < 256; ++i) body.principals.push_back("p" + std::to_string(i));
  body.principals[0] = std::string(255, 'x');
  body.key_id = "gr\xc3\xbcn, with a comma and blanks";
  body.critical = {value_option("force-command", "ls"), flag_option("verify-required")};
  CHECK(validate(body));
}

TEST_CASE("each broken rule is refused by its own message") {
  struct Row {
    const char* message;
    std::function<void(CertificateBody&)> spoil;
  };
  const auto row = GENERATE(values<Row>({
      {"nonce of 16 bytes, not 32", [](auto& b) { b.nonce.resize(16); }},
      {"empty key ID", [](auto& b) { b.key_id.clear(); }},
      {"key ID of 256 bytes, at most 255", [](auto& b) { b.key_id.assign(256, 'x'); }},
      {"key ID a\\x0ab: control characters or not UTF-8", [](auto& b) { b.key_id = "a\nb"; }},
      {"key ID \\xff: control characters or not UTF-8", [](auto& b) { b.key_id = "\xff"; }},
      {"no principals", [](auto& b) { b.principals.clear(); }},
      {"257 principals, at most 256", [](auto& b) { b.principals.assign(257, "p"); }},
      {"empty principal",
       [](auto& b) {
         b.principals = {"root", ""};
       }},
      {"principal \" admin\" begins with a blank",
       [](auto& b) {
         b.principals = {"root", " admin"};
       }},
      {"principal \"admin \" ends with a blank",
       [](auto& b) {
         b.principals = {"admin ", "root"};
       }},
      {"principal of 256 bytes, at most 255", [](auto& b) { b.principals = {std::string(256, 'x')}; }},
      {"principal a,b: a comma inside", [](auto& b) { b.principals = {"a,b"}; }},
      {"principal root is named twice",
       [](auto& b) {
         b.principals = {"root", "admin", "root"};
       }},
      {"principal ro\\x00ot: control characters or not UTF-8",
       [](auto& b) { b.principals = {std::string("ro\0ot", 5)}; }},
      {"unbounded validity is not allowed", [](auto& b) { b.valid_after = 0; }},
      {"unbounded validity is not allowed", [](auto& b) { b.valid_before = kForever; }},
      {"validity that ends before it begins", [](auto& b) { b.valid_before = b.valid_after; }},
      {"validity beyond the end of time_t", [](auto& b) { b.valid_before = std::uint64_t{1} << 63; }},
      {"extension permit-pty appears twice",
       [](auto& b) { b.extensions.push_back(flag_option("permit-pty")); }},
      {"extension no-touch-required is out of order",
       [](auto& b) { b.extensions.push_back(flag_option("no-touch-required")); }},
      {"extension permit-pty: takes no value",
       [](auto& b) { b.extensions = {value_option("permit-pty", "x")}; }},
      {"critical option force-command: needs a value",
       [](auto& b) { b.critical = {flag_option("force-command")}; }},
      {"critical option force-command: empty value",
       [](auto& b) { b.critical = {value_option("force-command", "")}; }},
      {"critical option source-address: not an IP address: x",
       [](auto& b) { b.critical = {value_option("source-address", "x")}; }},
      {"critical option verify-required: truncated: 4 bytes wanted at offset 0, 1 left",
       [](auto& b) {
         b.critical = {{"verify-required", {1}}};
       }},
      {"empty critical option", [](auto& b) { b.critical = {flag_option("")}; }},
      {"the reserved field is not empty", [](auto& b) { b.reserved = {0}; }},
  }));
  CertificateBody body = good_body();
  row.spoil(body);
  const auto checked = validate(body);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == Code::kBadInput);
  CHECK(checked.error().message == row.message);
}
