#include "ssh/findings.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "ssh/options.hpp"
#include "vectors.hpp"

using namespace halligan;
using namespace halligan::ssh;

namespace {

// "code code …" in the order given, with ! for refused and ~ for a note.
std::string codes(const Certificate& certificate) {
  std::string out;
  for (const Finding& finding : findings(certificate)) {
    CHECK_FALSE(finding.text.empty());
    if (!out.empty()) out += ' ';
    if (finding.severity == Severity::kRefused) out += '!';
    if (finding.severity == Severity::kNote) out += '~';
    out += finding.code;
  }
  return out;
}

}  // namespace

TEST_CASE("findings on certificates that ssh-keygen made") {
  struct Row {
    const char* file;
    const char* codes;
  };
  const auto row = GENERATE(values<Row>({
      {"ed25519-by-ed25519", ""},
      {"ed25519-by-sk-ecdsa", ""},
      {"ed25519-by-sk-ed25519", "ca-untouched"},
      {"by-rsa-sha1", "!signature-sha1"},
      {"by-rsa-sha256", ""},
      {"host", ""},
      {"no-principals", "principals-none"},
      {"defaults", "validity-unbounded principals-none serial-zero"},
      {"every-option", "!option-unknown ~extension-unknown ~extension-unknown"},
      {"odd-texts", "principal-odd"},
  }));
  CAPTURE(row.file);
  CHECK(codes(vector_certificate(row.file)) == row.codes);
}

TEST_CASE("findings on certificates that nobody should make") {
  struct Row {
    const char* codes;
    std::function<void(Certificate&)> spoil;
  };
  const auto row = GENERATE(values<Row>({
      {"!validity-empty", [](auto& c) { c.body.valid_before = c.body.valid_after; }},
      {"options-unsorted", [](auto& c) { std::swap(c.body.extensions[0], c.body.extensions[1]); }},
      {"options-duplicate",
       [](auto& c) { c.body.extensions.insert(c.body.extensions.begin(), c.body.extensions[0]); }},
      {"!options-duplicate", [](auto& c) { c.body.critical.assign(2, value_option("force-command", "a")); }},
      {"!option-malformed", [](auto& c) { c.body.critical = {flag_option("force-command")}; }},
      {"!option-malformed", [](auto& c) { c.body.critical = {value_option("source-address", "here")}; }},
      {"address-odd", [](auto& c) { c.body.critical = {value_option("source-address", "192.0.2.1,127.1")}; }},
      {"!option-malformed", [](auto& c) { c.body.critical = {value_option("source-address", "127.1/8")}; }},
      {"!option-malformed", [](auto& c) { c.body.extensions = {value_option("permit-pty", "")}; }},
      {"~option-idle", [](auto& c) { c.body.critical = {flag_option("verify-required")}; }},
      {"!option-unknown ~extension-unknown",
       [](auto& c) {
         c.body.type = CertificateType::kHost;
         c.body.critical = {value_option("force-command", "a")};
         c.body.extensions = {flag_option("permit-pty")};
       }},
      {"principal-odd",
       [](auto& c) {
         c.body.principals = {"a", "a"};
       }},
      {"principal-odd", [](auto& c) { c.body.principals = {""}; }},
      {"key-id-odd", [](auto& c) { c.body.key_id.clear(); }},
      {"key-id-odd", [](auto& c) { c.body.key_id = "a\x1b[2J"; }},
      {"~nonce-size", [](auto& c) { c.body.nonce.resize(16); }},
      {"~reserved-used", [](auto& c) { c.body.reserved = {1}; }},
      {"!signature-mismatch", [](auto& c) { c.body.ca = vector_key("ecdsa256"); }},
      {"rsa-small",
       [](auto& c) { c.body.subject = PublicKey::make_rsa(Bytes{3}, Bytes(128, 0xFF)).value(); }},
  }));
  Certificate certificate = vector_certificate("ed25519-by-ed25519");
  row.spoil(certificate);
  CHECK(codes(certificate) == row.codes);
}

TEST_CASE("what a certificate says cannot write to the terminal") {
  Certificate certificate = vector_certificate("ed25519-by-ed25519");
  certificate.body.key_id = "\x1b[2J";
  certificate.body.principals = {"\x1b]0;x\x07"};
  certificate.body.extensions = {flag_option("\x1bz")};
  const auto all = findings(certificate);
  CHECK(all.size() == 3);
  for (const Finding& finding : all) CHECK(finding.text.find('\x1b') == std::string::npos);
}
