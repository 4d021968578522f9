// What is decided from the facts of a host, without one.
#include "trust/plan.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace halligan;
using namespace halligan::trust;

namespace {

constexpr const char* kCa =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBERERERERERERERERERERERERERERERERERERERERER ca";
constexpr const char* kOther =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIi other";

struct Host {
  std::string config = "Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n";
  std::string effective =
      "pubkeyacceptedalgorithms ssh-ed25519-cert-v01@openssh.com\ncasignaturealgorithms ssh-ed25519\n"
      "permitrootlogin yes\nusepam yes\nstrictmodes yes\n";
  std::string more;  // entries
  std::string before_config = "644 0 0 1 1 1:1";

  std::string text() const {
    const auto block = [](const std::string& name, const std::string& contents) {
      return "block " + std::to_string(contents.size()) + " " + name + "\n" + contents + "\n";
    };
    return "halligan-trust-facts 1\nset uid 0\nset config /etc/ssh/sshd_config\n"
           "set daemon 7 ssh.service\nset daemon-config 7 /etc/ssh/sshd_config\nset checked 0\n"
           "stat " +
           before_config + "\nreal /etc/ssh/sshd_config\n" + block("file /etc/ssh/sshd_config", config) +
           "folder 755 0 /etc/ssh/sshd_config.d\n" +
           "set account root 0 yes root\nset shell root /bin/sh\nset shadow root ok\n" +
           block("effective root", effective) + more + "end\n";
  }
  Facts facts() const {
    auto parsed = parse_facts(text());
    REQUIRE(parsed);
    return *std::move(parsed);
  }
};

Wanted wanted() {
  Wanted out{.authorities = {}, .accounts = {"root"}, .list = {}};
  out.authorities.push_back(*ssh::parse_public_key_line(kCa));
  return out;
}

std::string ca_file(const std::string& contents, const std::string& mode = "644 0") {
  return "stat " + mode + " 0 1 1 2:2\nreal /etc/ssh/c.pub\nblock " + std::to_string(contents.size()) +
         " file /etc/ssh/c.pub\n" + contents + "\n";
}

}  // namespace

TEST_CASE("A host without a directive gets the CA, an empty list and a drop-in") {
  const Plan plan = plan_trust(Host{}.facts(), wanted());
  CHECK(plan.refusals.empty());
  REQUIRE(plan.changes.size() == 3);
  CHECK(plan.changes[0].path == kCaFile);
  CHECK(plan.changes[1].path == kListFile);
  CHECK(plan.changes[1].text.empty());
  CHECK(plan.changes[2].path == "/etc/ssh/sshd_config.d/10-halligan.conf");
  CHECK(plan.changes[2].config);
  CHECK(plan.reloads());
}

TEST_CASE("Without an Include the directives go to the top of the main file") {
  Host host;
  host.config = "UsePAM yes\nMatch User x\nInclude /etc/ssh/sshd_config.d/*.conf\n";
  const Plan plan = plan_trust(host.facts(), wanted());
  CHECK(plan.refusals.empty());
  REQUIRE(plan.changes.size() == 3);
  CHECK(plan.changes[2].path == "/etc/ssh/sshd_config");
  CHECK(plan.changes[2].text.starts_with("# halligan: begin\nTrustedUserCAKeys "));
  CHECK(plan.changes[2].text.ends_with(host.config));
}

TEST_CASE("The CA goes where sshd reads it, and other lines stay") {
  const std::string ca(kCa);
  const std::string other(kOther);
  struct Row {
    std::string before, after;
  };
  const auto row =
      GENERATE_COPY(values<Row>({{other, other + "\n" + ca + "\n"},
                                 {other + "\n", other + "\n" + ca + "\n"},
                                 {"", ca + "\n"},
                                 {"# c\n\n" + other + "\r\n", "# c\n\n" + other + "\r\n" + ca + "\n"},
                                 {"junk\n" + other + "\n", ca + "\njunk\n" + other + "\n"},
                                 {other + "\njunk\n", other + "\n" + ca + "\njunk\n"},
                                 {"junk\n" + ca + "\n", ca + "\njunk\n" + ca + "\n"},
                                 {"\r\n" + other + "\n", ca + "\n\r\n" + other + "\n"},
                                 {" \t\n" + other + "\n", " \t\n" + other + "\n" + ca + "\n"},
                                 {"\xef\xbb\xbf" + other + "\n", ca + "\n\xef\xbb\xbf" + other + "\n"}}));
  Host host;
  host.effective += "trustedusercakeys /etc/ssh/c.pub\n";
  host.more = ca_file(row.before);
  const Plan plan = plan_trust(host.facts(), wanted());
  CHECK(plan.refusals.empty());
  REQUIRE(!plan.changes.empty());
  CHECK(plan.changes[0].path == "/etc/ssh/c.pub");
  CHECK(plan.changes[0].text == row.after);
  CHECK(read_ca_file(row.after).keys.size() >= 1);
}

TEST_CASE("The CA is taken out of each line that sshd reads, and other lines stay") {
  const std::string ca(kCa);
  const std::string other(kOther);
  const std::string nothing(1, '\0');
  const auto line = GENERATE_COPY(values<std::string>(
      {ca, ca + "\n", " \t" + ca + "\n", ca + " \r\n", ca + nothing + "\n", ca + nothing + other + "\n"}));
  const auto above =
      GENERATE_COPY(values<std::string>({"", "# c\n\n" + other + "\r\n", other + nothing + ca + "\n"}));
  Host host;
  host.effective += "trustedusercakeys /etc/ssh/c.pub\n";
  host.more = ca_file(above + line);
  REQUIRE(plan_trust(host.facts(), wanted()).change("/etc/ssh/c.pub") == nullptr);
  Plan plan = plan_removal(host.facts(), wanted());
  CHECK(plan.refusals.empty());
  REQUIRE(plan.change("/etc/ssh/c.pub") != nullptr);
  CHECK(plan.change("/etc/ssh/c.pub")->text == above);
}

TEST_CASE("A principal is listed where sshd finds it") {
  struct Row {
    std::string text;
    bool listed;
  };
  const auto row = GENERATE(values<Row>({{"root\n", true},
                                         {" \troot\t \n", true},
                                         {"ann\nroot", true},
                                         {"from=\"192.0.2.1\" root\n", true},
                                         {"root # of all\n", true},
                                         {std::string("root\0ann\n", 9), true},
                                         {"# root\n", false},
                                         {"ann # root\n", false},
                                         {"root ann\n", false},
                                         {std::string("ann\0 root\n", 10), false}}));
  Host host;
  host.effective += "authorizedprincipalsfile /etc/ssh/p\n";
  host.more = "set principals root /etc/ssh/p\nstat 644 0 0 1 1 2:2\nreal /etc/ssh/p\nblock " +
              std::to_string(row.text.size()) + " file /etc/ssh/p\n" + row.text + "\n";
  const Plan plan = plan_trust(host.facts(), wanted());
  CAPTURE(row.text);
  CHECK(plan.refusals.empty() == row.listed);
}

TEST_CASE("What forbids a change") {
  struct Row {
    const char* name;
    void (*spoil)(Host&);
    const char* refusal;
  };
  const auto row = GENERATE(values<Row>({
      {"none", [](Host& host) { host.config += "TrustedUserCAKeys none\n"; },
       "TrustedUserCAKeys is set to none"},
      {"list none in Match", [](Host& host) { host.config += "Match User a\nRevokedKeys none\n"; },
       "for a file of that name"},
      {"list missing", [](Host& host) { host.effective += "RevokedKeys /etc/r\n"; }, "which is not there"},
      {"no root", [](Host& host) { host.effective.replace(host.effective.find("login yes"), 9, "login no"); },
       "PermitRootLogin is no"},
      {"factors", [](Host& host) { host.effective += "authenticationmethods publickey,password\n"; },
       "for more than a key"},
      {"denied", [](Host& host) { host.effective += "denyusers r*\n"; }, "DenyUsers has root"},
      {"not allowed", [](Host& host) { host.effective += "allowusers a\nallowusers b\n"; },
       "AllowUsers does not have"},
      {"no algorithm",
       [](Host& host) { host.effective.replace(host.effective.find("ssh-ed25519-cert"), 11, "x"); },
       "PubkeyAcceptedAlgorithms lacks"},
      {"no algorithm, before 8.5",
       [](Host& host) {
         const std::size_t at = host.effective.find("pubkeyacceptedalgorithms ssh-ed25519-cert");
         host.effective.replace(at, 41, "pubkeyacceptedkeytypes x");
       },
       "PubkeyAcceptedKeyTypes lacks"},
      {"pending", [](Host& host) { host.more = "pending /etc/ssh/sshd_config\n"; }, "was changed after sshd"},
      {"read-only", [](Host& host) { host.more = "set readonly /etc/ssh\n"; }, "read-only"},
      {"NixOS", [](Host& host) { host.more = "set nixos yes\n"; }, "NixOS"},
      {"broken", [](Host& host) { host.more = "set checked 255\n"; }, "does not accept its own"},
      {"hard links",
       [](Host& host) {
         host.config = "UsePAM yes\n";
         host.before_config = "644 0 0 1 2 1:1";
       },
       "several names"},
      {"writable",
       [](Host& host) {
         host.effective += "trustedusercakeys /etc/ssh/c.pub\n";
         host.more = ca_file("", "666 0");
       },
       "may be written to by others"},
      {"not root's",
       [](Host& host) {
         host.effective += "trustedusercakeys /etc/ssh/c.pub\n";
         host.more = ca_file("", "644 9");
       },
       "not to root"},
  }));
  INFO(row.name);
  Host host;
  row.spoil(host);
  const Plan plan = plan_trust(host.facts(), wanted());
  CHECK(std::ranges::any_of(
      plan.refusals, [&](const Remark& each) { return each.text.find(row.refusal) != std::string::npos; }));
}

TEST_CASE("Facts that are cut or changed are refused, wherever") {
  const std::string whole = Host{}.text();
  REQUIRE(parse_facts(whole));
  for (std::size_t size = 0; size < whole.size() - 1; ++size) CHECK_FALSE(parse_facts(whole.substr(0, size)));
  CHECK_FALSE(parse_facts(whole + "more"));
}
