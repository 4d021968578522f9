// Certificates that prove nothing about a host, whatever a plan does: they are found before it is carried
// out.
#include "trust/canaries.hpp"

#include <catch2/catch.hpp>

#include "ssh/options.hpp"

using namespace halligan;
using namespace halligan::trust;

namespace {

// By a CA of its own for root and ann, from 2020 to 2037.
constexpr const char* kCertificate =
    "ssh-ed25519-cert-v01@openssh.com "
    "AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIH/nOz3D5dJ0k+tL5Hj5+4psBQGMMDY37CYW0A"
    "TE4jxTAAAAIMmSys6fw2DxZ+2i2YgQ4PDGzZAKmhY/fKL3wJI8AkNpAAAAAAAAAAcAAAABAAAABGZ1enoAAAAPAAAA"
    "BHJvb3QAAAADYW5uAAAAAF4L4QAAAAAAf+gXgAAAAAAAAACCAAAAFXBlcm1pdC1YMTEtZm9yd2FyZGluZwAAAAAAAA"
    "AXcGVybWl0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1p"
    "dC1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIBPzAS3sZmY/fI"
    "V/kTq7UdJDzuP26/TwdAdckR9jH7dfAAAAUwAAAAtzc2gtZWQyNTUxOQAAAEBNU8ovF8BUAiJ6bfkC4XCIclwkUB90"
    "PyoNllVNl8ohtD5G/GOiEWQD0DcU8uhmAdPX9PwUHluw3iw6D2hbiiIL";
constexpr std::uint64_t kNow = 1795762957;

Canary canary() { return {"c.pub", ssh::parse_certificate_line(kCertificate)->certificate}; }

HostFile file(const std::string& path, const std::string& text) {
  return {.path = path, .real = path, .exists = true, .regular = true, .sum = "1:1", .text = text};
}

struct Row {
  const char* name;
  const char* refusal;  // nullptr: it is asked about
  void (*change)(Facts& facts, Wanted& wanted, Canary& canary);
};

std::string ca_line() { return ssh::format_public_key_line(canary().certificate.body.ca, "ca") + "\n"; }

}  // namespace

TEST_CASE("A certificate that the host refuses in any case is a refusal, and others are not") {
  const auto row = GENERATE(values<Row>({
      {"by a CA of the plan", nullptr, [](Facts&, Wanted&, Canary&) {}},
      {"by a CA that is not trusted", "will not trust its CA",
       [](Facts&, Wanted& wanted, Canary&) { wanted.authorities.clear(); }},
      {"by another CA of the host", nullptr,
       [](Facts& facts, Wanted& wanted, Canary&) {
         wanted.authorities.clear();
         facts.accounts[0].effective.emplace("trustedusercakeys", "/etc/ssh/o");
         facts.files.push_back(file("/etc/ssh/o", ca_line()));
       }},
      {"behind a line that ends the reading", "will not trust its CA",
       [](Facts& facts, Wanted& wanted, Canary&) {
         wanted.authorities.clear();
         facts.accounts[0].effective.emplace("trustedusercakeys", "/etc/ssh/o");
         facts.files.push_back(file("/etc/ssh/o", "nonsense\n" + ca_line()));
       }},
      {"by a CA of authorized_keys", nullptr,
       [](Facts& facts, Wanted& wanted, Canary&) {
         wanted.authorities.clear();
         facts.accounts[0].authorized.push_back("600 0 /root/k\n1:cert-authority " + ca_line());
       }},
      {"revoked on the host", "/etc/ssh/r revokes it, by an entry of its key",
       [](Facts& facts, Wanted&, Canary& canary) {
         facts.accounts[0].effective.emplace("revokedkeys", "/etc/ssh/r");
         facts.files.push_back(
             file("/etc/ssh/r", ssh::format_public_key_line(canary.certificate.body.subject, {}) + "\n"));
       }},
      {"before the host's time", "not valid by the host's clock",
       [](Facts& facts, Wanted&, Canary&) { facts.time = 1000; }},
      {"after it", "not valid by the host's clock",
       [](Facts& facts, Wanted&, Canary&) { facts.time = 0xffffffff; }},
      {"for other addresses", "not for logins from 192.0.2.1",
       [](Facts&, Wanted&, Canary& canary) {
         canary.certificate.body.critical.push_back(ssh::value_option("source-address", "10.0.0.0/8"));
       }},
      {"for this address", nullptr,
       [](Facts&, Wanted&, Canary& canary) {
         canary.certificate.body.critical.push_back(ssh::value_option("source-address", "192.0.2.0/24"));
       }},
      {"for other accounts", "no certificate of --canary is for root",
       [](Facts&, Wanted&, Canary& canary) { canary.certificate.body.principals = {"ann"}; }},
      {"for a name that the principals file lists", nullptr,
       [](Facts& facts, Wanted&, Canary& canary) {
         canary.certificate.body.principals = {"ops"};
         facts.accounts[0].principals = "/etc/ssh/p";
         facts.files.push_back(file("/etc/ssh/p", "root\nfrom=\"192.0.2.1\" ops\n"));
       }},
      {"of a type that is not accepted", "does not accept the type of its key",
       [](Facts& facts, Wanted&, Canary&) {
         facts.accounts[0].effective.erase("pubkeyacceptedalgorithms");
         facts.accounts[0].effective.emplace("pubkeyacceptedalgorithms", "ssh-ed25519");
       }},
  }));
  INFO(row.name);
  std::vector<Canary> canaries{canary()};
  Facts facts;
  facts.from = "192.0.2.1";
  facts.time = kNow;
  facts.accounts.push_back({.name = "root"});
  facts.accounts[0].effective.emplace("pubkeyacceptedalgorithms", "ssh-ed25519-cert-v01@openssh.com");
  Wanted wanted{.authorities = {}, .accounts = {"root"}, .list = {}};
  wanted.authorities.push_back({canaries[0].certificate.body.ca, "ca"});
  row.change(facts, wanted, canaries[0]);
  Plan plan;
  const auto questions = choose_canaries(facts, wanted, canaries, plan);
  if (row.refusal == nullptr) {
    CHECK(plan.refusals.empty());
    REQUIRE(questions.size() == 1);
    CHECK(questions[0].canaries == std::vector<const Canary*>{canaries.data()});
  } else {
    REQUIRE(plan.refusals.size() == 1);
    CHECK(plan.refusals[0].text.find(row.refusal) != std::string::npos);
    CHECK(!plan.refusals[0].next.empty());
  }
}

TEST_CASE("A list that the plan installs counts, and the one that it replaces does not") {
  std::vector<Canary> canaries{canary()};
  const std::string revokes = ssh::format_public_key_line(canaries[0].certificate.body.subject, {}) + "\n";
  Facts facts;
  facts.time = kNow;
  facts.accounts.push_back({.name = "root"});
  facts.accounts[0].effective.emplace("pubkeyacceptedalgorithms", "*");
  facts.accounts[0].effective.emplace("revokedkeys", kListFile);
  Wanted wanted{.authorities = {}, .accounts = {"root"}, .list = {}};
  wanted.authorities.push_back({canaries[0].certificate.body.ca, "ca"});
  const bool installs = GENERATE(true, false);
  facts.files.push_back(file(kListFile, installs ? "" : revokes));
  Plan plan;
  plan.changes.push_back({.action = Action::kWriteList, .path = kListFile, .text = installs ? revokes : ""});
  choose_canaries(facts, wanted, canaries, plan);
  CHECK(plan.refusals.size() == (installs ? 1U : 0U));
}
