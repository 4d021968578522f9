#include "ca/sshd_log.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>

using namespace halligan;

namespace {

constexpr std::uint64_t kNow = 1795330512;  // 2026-11-22T06:55:12Z
const std::string kPrint = "SHA256:" + std::string(43, 'A');

std::string accepted(const std::string& id, const std::string& serial = "7") {
  return "Accepted publickey for root from 192.0.2.1 port 50000 ssh2: ED25519-CERT " + kPrint + " ID " + id +
         " (serial " + serial + ") CA ECDSA-SK " + kPrint;
}

}  // namespace

TEST_CASE("times of logs") {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  struct Row {
    const char* line;
    std::optional<std::uint64_t> time;
  };
  const auto row = GENERATE(values<Row>({
      {"Nov 22 06:55:12 h sshd[1]: m", kNow},
      {"Nov  2 06:55:12 h sshd[1]: m", kNow - 20 * 86400},
      {"Nov 23 06:55:12 h sshd[1]: m", kNow + 86400},
      {"Nov 24 06:55:12 h sshd[1]: m", kNow + 2 * 86400 - 365 * 86400},
      {"2026-11-22T06:55:12Z h sshd[1]: m", kNow},
      {"2026-11-22T07:55:12+01:00 h sshd[1]: m", kNow},
      {"2026-11-22T03:25:12.999999-0330 h sshd: m", kNow},
      {"<38>1 2026-11-22T06:55:12Z h sshd 1 - - m", kNow},
      {R"({"MESSAGE":"m","__REALTIME_TIMESTAMP":"1795330512999999","_COMM":"sshd"})", kNow},
      {"Nov 32 06:55:12 h sshd[1]: m", {}},
      {"Nox 22 06:55:12 h sshd[1]: m", {}},
      {"ovD 22 06:55:12 h sshd[1]: m", {}},
      {"2026-13-22T06:55:12Z h sshd[1]: m", {}},
      {"2026-11-22T06:55:12 h sshd[1]: m", {}},
      {"2026-11-22T06:55:12+1 h sshd[1]: m", {}},
      {"Nov 22 06:55:12 h cron[1]: m", {}},
      {"Nov 22 06:55:12 h sshd-evil[1]: m", {}},
      {R"({"MESSAGE":"m","__REALTIME_TIMESTAMP":"1","_COMM":"logger","SYSLOG_IDENTIFIER":"sshd"})", {}},
      {"m", {}},
  }));
  CAPTURE(row.line);
  const auto line = ca::parse_log_line(row.line, kNow);
  REQUIRE(line.has_value() == row.time.has_value());
  if (!line) return;
  CHECK(line->time == row.time);
  CHECK(line->message == "m");
}

TEST_CASE("a login is read whatever stands in its key id") {
  const auto id = GENERATE(
      values<std::string>({"x", "ann: incident 4711", "a (serial 9) CA ED25519 " + kPrint, " ID ", ""}));
  CAPTURE(id);
  const auto login = ca::parse_certificate_login(accepted(id));
  REQUIRE(login);
  CHECK(login->key_id == id);
  CHECK(login->serial == 7);
  CHECK(login->port == "50000");
  CHECK(login->authority == kPrint);
}

TEST_CASE("escapes of the log are undone") {
  CHECK(ca::parse_certificate_login(accepted("zo\\303\\253 \\\\101 \\9"))->key_id == "zo\xC3\xAB \\101 \\9");
}

TEST_CASE("what is not a login with a certificate") {
  for (const std::string& bad :
       {accepted("x", "x"), accepted("x", "99999999999999999999"), accepted("x").substr(1),
        accepted("x") + "A",
        std::string("Accepted publickey for root from 192.0.2.1 port 1 ssh2: ED25519 ") + kPrint,
        std::string("Accepted publickey for ")}) {
    CAPTURE(bad);
    CHECK_FALSE(ca::parse_certificate_login(bad));
  }
}

TEST_CASE("the end of a connection says whose it was, whatever strangers call themselves") {
  struct Row {
    const char* message;
    const char* address;  // nullptr: it is no end
  };
  const auto row = GENERATE(values<Row>({
      {"Disconnected from user root 192.0.2.1 port 50000", "192.0.2.1"},
      {"Received disconnect from 192.0.2.1 port 50000:11: disconnected by user", "192.0.2.1"},
      {"Received disconnect from 192.0.2.1 port 50000:11: bye 192.0.2.7 port 7", "192.0.2.1"},
      {"Connection closed by 2001:db8::1 port 50000", "2001:db8::1"},
      {"Connection closed by invalid user 192.0.2.7 port 7 192.0.2.1 port 50000 [preauth]", "192.0.2.1"},
      {"Connection reset by 192.0.2.1 port 50000", "192.0.2.1"},
      {"Timeout, client not responding from user root 192.0.2.1 port 50000", "192.0.2.1"},
      {"Invalid user Disconnected from 192.0.2.1 port 50000", nullptr},
      {"Connection from 192.0.2.1 port 50000 on 192.0.2.2 port 22", nullptr},
      {"Connection closed by 192.0.2.1", nullptr},
      {"Connection closed by 192.0.2.1 port x", nullptr},
  }));
  CAPTURE(row.message);
  const auto peer = ca::parse_connection_end(row.message);
  REQUIRE(peer.has_value() == (row.address != nullptr));
  if (peer) CHECK((peer->address == row.address && peer->port == "50000"));
}
