#include "explain/pam.hpp"

#include <catch2/catch.hpp>

using namespace halligan;
using Kind = explain::PamAnswer::Kind;

namespace {

// Debian's, as the probe prints it.
constexpr const char* kDebian =
    "/etc/pam.d/sshd:5 required pam_nologin.so\n"
    "/etc/pam.d/common-account:17 [success=1 new_authtok_reqd=done default=ignore] pam_unix.so\n"
    "/etc/pam.d/common-account:19 requisite pam_deny.so\n"
    "/etc/pam.d/common-account:23 required pam_permit.so\n";
constexpr const char* kFedora =
    "/etc/pam.d/sshd:5 required pam_nologin.so\n"
    "/etc/pam.d/password-auth:12 required pam_unix.so\n"
    "/etc/pam.d/password-auth:13 sufficient pam_localuser.so\n"
    "/etc/pam.d/password-auth:14 sufficient pam_usertype.so\n"
    "/etc/pam.d/password-auth:15 required pam_permit.so\n";

constexpr std::int64_t kToday = 20000;

// "CHANGED MAXIMUM INACTIVE EXPIRES" as in shadow(5).
explain::PamAnswer ask(const std::string& stack, const std::string& aging, std::uint64_t uid = 1000,
                       const std::string& more = "") {
  const std::string text = "halligan-trust-facts 1\n" + more + "set account ann " + std::to_string(uid) +
                           " yes ann\nset shadow ann ok\nset aging ann " + aging + "\nblock " +
                           std::to_string(stack.size()) + " pam sshd\n" + stack + "\nend\n";
  const auto facts = trust::parse_facts(text);
  REQUIRE(facts);
  return explain::ask_pam(*facts, facts->accounts.front(), kToday * 86400 + 3600);
}

}  // namespace

TEST_CASE("days of shadow(5)") {
  struct Row {
    std::string aging;
    Kind kind;
    std::string mend;
  };
  const auto row = GENERATE(values<Row>({
      {"- - - -", Kind::kYes, ""},
      {"19000 99999 - -", Kind::kYes, ""},
      {"19900 100 - -", Kind::kYes, ""},
      {"19899 100 - -", Kind::kNo, "chage -d \"$(date +%F)\" ann; or for good: chage -M -1 ann"},
      {"19899 100 1 -", Kind::kNo, "chage -d \"$(date +%F)\" ann; or for good: chage -M -1 ann"},
      {"19898 100 1 -", Kind::kNo, "chage -M -1 -I -1 ann"},
      {"0 99999 - -", Kind::kNo, "chage -d \"$(date +%F)\" ann; or for good: chage -M -1 ann"},
      {"20001 1 1 -", Kind::kYes, ""},
      {"19000 99999 - 20001", Kind::kYes, ""},
      {"19000 99999 - 20000", Kind::kNo, "chage -E -1 ann"},
      {"x y z -1", Kind::kNo, "chage -E -1 ann"},
  }));
  CAPTURE(row.aging);
  for (const char* stack : {kDebian, kFedora}) {
    const auto answer = ask(stack, row.aging);
    CHECK(answer.kind == row.kind);
    CHECK(answer.mend == row.mend);
  }
}

TEST_CASE("files that close the host to all but root") {
  for (const char* stack : {kDebian, kFedora, ""}) {
    const auto kind = [&](std::uint64_t uid, const char* file) {
      return ask(stack, "- - - -", uid, std::string("set nologin ") + file + "\n").kind;
    };
    CHECK(kind(1000, "/etc/nologin") == Kind::kNo);
    CHECK(kind(1000, "/run/nologin") == Kind::kNo);
    CHECK(kind(0, "/run/nologin") == (*stack == '\0' ? Kind::kUnknown : Kind::kYes));
  }
}

TEST_CASE("controls and modules that are not known") {
  struct Row {
    std::string stack;
    std::string good;  // of an account where pam_unix says yes: "yes", "no", or the place that is not known
    std::string bad;   // where it says no
  };
  const auto row = GENERATE(values<Row>({
      {"/a:1 required pam_unix.so\n", "yes", "no"},
      {"/a:1 required pam_unix.so\n/a:2 required pam_access.so\n", "/a:2", "no"},
      {"/a:1 required pam_access.so\n/a:2 required pam_unix.so\n", "/a:1", "/a:1"},
      {"/a:1 sufficient pam_ldap.so\n/a:2 required pam_unix.so\n", "yes", "/a:1"},
      {"/a:1 optional pam_ldap.so\n/a:2 required pam_unix.so\n", "yes", "no"},
      {"/a:1 [success=2 default=ignore] pam_sss.so\n/a:2 [success=1 default=ignore] pam_unix.so\n"
       "/a:3 requisite pam_deny.so\n/a:4 required pam_permit.so\n",
       "/a:1", "/a:1"},
      {"/a:1 [default=bad success=ok user_unknown=ignore] pam_sss.so\n/a:2 required pam_unix.so\n", "/a:1",
       "/a:1"},
      {"/a:1 required pam_deny.so\n/a:2 sufficient pam_unix.so\n", "no", "no"},
      {"/a:1 sufficient pam_unix.so\n/a:2 required pam_deny.so\n", "yes", "no"},
      {"/a:1 substack other\n/a:2 required pam_unix.so\n", "/a:1", "/a:1"},
      {"/a:1 [success=ok pam_unix.so\n", "/a:1", "/a:1"},
      {"/a:1 [success=9 default=ignore] pam_unix.so\n", "no", "no"},
      {"sshd:0 required ?\n", "sshd:0", "sshd:0"},
      {"nonsense\n", "", "no"},
  }));
  CAPTURE(row.stack);
  const auto found = [&](const char* aging) {
    const auto answer = ask(row.stack, aging);
    return answer.kind == Kind::kYes ? "yes" : answer.kind == Kind::kNo ? "no" : answer.place;
  };
  CHECK(found("19000 99999 - -") == row.good);
  CHECK(found("19000 99999 - 1") == row.bad);
}
