#include "ledger/sshd_log.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "fuzz/ca/planted_login.hpp"

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
      {"<38>Nov 22 06:55:12 h sshd[1]: m", kNow},
      {"Nov 22 06:55:12.123456 h /usr/sbin/sshd[1]: m", kNow},
      {"1795330512.123456 h sshd[1]: m", kNow},
      {"1795330512 h sshd[1]: m", {}},
      {"Nov 22 06:55:12 h auth.info sshd[1]: m", kNow},
      {"Sun 2026-11-22 06:55:12 UTC h sshd[1]: m", kNow},
      {"Sun 2026-11-22 06:55:12.123456 UTC h sshd[1]: m", kNow},
      {"Sun 2026-11-22 06:55 UTC h sshd[1]: m", {}},
      {"Sun 2026-11-22 06:55:12 UTC", {}},
      {"Sun ", {}},
      {"Nov 22 06:55:12 h sshd[1]: [ID 800047 auth.info] m", kNow},
      {"Nov 22 06:55:12 h sshd[1]: auth.c:auth_log():376 (pid=71): m", kNow},
      {R"({"MESSAGE":"m","__REALTIME_TIMESTAMP":"1795330512999999","_SYSTEMD_UNIT":"ssh.service"})", kNow},
      {R"({"MESSAGE":"m","__REALTIME_TIMESTAMP":"1795330512999999","_EXE":"/usr/sbin/sshd"})", kNow},
      {"<38>", {}},
      {"Nov 22 06:55:12. h sshd[1]: m", kNow},
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
  const auto line = ledger::read_log_line(row.line, kNow).line;
  REQUIRE(line.has_value() == row.time.has_value());
  if (!line) return;
  CHECK(line->time == row.time);
  CHECK(line->message == "m");
}

TEST_CASE("a login is read whatever stands in its key id") {
  const auto id = GENERATE(
      values<std::string>({"x", "ann: incident 4711", "a (serial 9) CA ED25519 " + kPrint, " ID ", ""}));
  CAPTURE(id);
  const auto login = ledger::parse_certificate_login(accepted(id)).value();
  REQUIRE(login);
  CHECK_FALSE(login->partial);
  CHECK(login->key_id == id);
  CHECK(login->serial == 7);
  CHECK(login->port == "50000");
  CHECK(login->authority == kPrint);
}

TEST_CASE("a repetition is as many lines") {
  const auto line =
      ledger::read_log_line("Nov 22 06:55:12 h sshd[1]: message repeated 3 times: [ m]", kNow).line;
  REQUIRE(line);
  CHECK((line->times == 3 && line->message == "m"));
  for (const char* odd :
       {"message repeated 99999999 times: [ m]", "message repeated 3 times: [ m", "message repeated "}) {
    const auto whole = ledger::read_log_line(std::string("Nov 22 06:55:12 h sshd[1]: ") + odd, kNow).line;
    REQUIRE(whole);
    CHECK((whole->times == 1 && whole->message == odd));
  }
}

TEST_CASE("a login that a program of somebody else's tells of is none") {
  const std::string start = R"({"__REALTIME_TIMESTAMP":"1","_COMM":"sshd","_UID":")";
  const auto line = [&](const std::string& user, const std::string& message) {
    return ledger::read_log_line(start + user + R"(","MESSAGE":")" + message + "\"}", kNow).line;
  };
  CHECK(line("0", accepted("x")));
  CHECK_FALSE(line("1000", accepted("x")));
  // After the login, sshd runs as the user.
  CHECK(line("1000", "Disconnected from user root 192.0.2.1 port 50000"));
}

TEST_CASE("what stands before a cut is read") {
  const std::string whole = accepted("zo\\303\\253 \\\\ x");
  const std::size_t id = whole.find(" ID ") + 4;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const auto cut = ledger::parse_cut_login(whole.substr(0, size));
    REQUIRE(cut.has_value() == (size >= id));
    if (!cut) continue;
    CHECK((cut->login.key == kPrint && cut->login.port == "50000"));
    CHECK(("zo\xC3\xAB \\ x (serial 7) CA ECDSA-SK " + kPrint).starts_with(cut->tail));
  }
}

namespace {

// As JSON writes what is not UTF-8.
std::string bytes(const std::string& text) {
  std::string out;
  for (const char c : text) out += (out.empty() ? "[" : ", ") + std::to_string(static_cast<unsigned char>(c));
  return out + "]";
}

enum class Seen { kLogin, kUnreadable, kNothing };

Seen seen(const std::string& text) {
  const auto read = ledger::read_log_line(text, kNow);
  if (!read.unreadable.empty()) return Seen::kUnreadable;
  if (!read.line) return Seen::kNothing;
  const auto login = ledger::parse_certificate_login(read.line->message);
  if (!login) return Seen::kUnreadable;
  return *login ? Seen::kLogin : Seen::kNothing;
}

}  // namespace

TEST_CASE("a login in a line, whatever is around it") {
  const std::string m = accepted("x");
  const std::string bsd = "Nov 22 06:55:12 web1 ";
  const std::string iso = "2026-11-22T06:55:12Z ";
  const auto row = GENERATE_COPY(values<std::pair<std::string, Seen>>({
      {m, Seen::kLogin},
      {std::string(9, '\0') + m, Seen::kLogin},
      {"auth.c:auth_log():376 (bin=sshd-session, uid=0, pid=71): " + m, Seen::kLogin},
      {bsd + "sshd[71]: auth.c:auth_log():376 (pid=71): " + m, Seen::kLogin},
      {bsd + "sshd[71]: [ID 800047 auth.info] " + m, Seen::kLogin},
      {bsd + "auth.info sshd[71]: " + m, Seen::kLogin},
      {bsd + "bastion[812]: " + m, Seen::kLogin},
      {bsd + "bastion/3f2a1b9c[812]: " + m, Seen::kLogin},
      {bsd + "kernel: " + m, Seen::kLogin},
      {iso + m, Seen::kLogin},
      {iso + "stderr F " + m, Seen::kLogin},
      {iso + "stderr F " + m + "\r", Seen::kLogin},
      {bsd + "bastion[812]: " + m + "#015", Seen::kLogin},
      {R"({"log":")" + m + R"(\r\n","stream":"stderr","time":"2026-11-22T06:55:12.5Z"})", Seen::kLogin},
      {"{\"MESSAGE\":" + bytes(m + "\r") + R"(,"_COMM":"dockerd","CONTAINER_ID":"3f"})", Seen::kLogin},
      {"<38>1 2026-11-22T06:55:12Z web1 bastion 71 - - " + m, Seen::kLogin},
      {R"({"log":")" + m + R"(\n","stream":"stderr","time":"2026-11-22T06:55:12.5Z"})", Seen::kLogin},
      {R"({"MESSAGE":")" + m + "\"}", Seen::kLogin},
      {R"({"MESSAGE":")" + m + R"(","_COMM":"conmon","CONTAINER_ID":"3f"})", Seen::kLogin},
      {R"({"MESSAGE":")" + m + R"(","_SYSTEMD_UNIT":"sshd.service"})", Seen::kLogin},
      {"Sun 2026-11-22 06:55:12 UTC web1 sshd[71]: " + m, Seen::kLogin},
      {"MESSAGE=" + m, Seen::kLogin},
      {"  \"MESSAGE\" : \"" + m + "\",", Seen::kUnreadable},
      {bsd + "sshd[71]: a message of the future: " + m, Seen::kUnreadable},
      {bsd + "dockerd[9]: msg=\"" + m, Seen::kUnreadable},
      {"x " + m.substr(0, m.size() - 9), Seen::kUnreadable},
      {bsd + "sshd[71]: " + std::string(70000, ' ') + m, Seen::kUnreadable},
      {bsd + "sshd[71]: " + std::string(2000000, ' ') + m, Seen::kLogin},
      {"sshd-1  | " + m, Seen::kLogin},
      {"5312 2026-11-22 06:55:12.123 " + m, Seen::kLogin},
      {"data: {\"MESSAGE\":\"" + m + "\"}", Seen::kLogin},
      {"\x1e{\"MESSAGE\":\"" + m + "\"}", Seen::kLogin},
      {"{\"MESSAGE\":" + bytes(m) + "}", Seen::kLogin},
      {"{\"message\":" + bytes(m) + "}", Seen::kUnreadable},
      {bsd + "collector[3]: {\"MESSAGE\":" + bytes(m) + "}", Seen::kUnreadable},
      {bsd + "collector[3]: {\"MESSAGE\":" + bytes(m), Seen::kUnreadable},
      {R"({"MESSAGE":")" + m + R"(","_COMM":"rsyslogd","_UID":"0","SYSLOG_IDENTIFIER":"sshd"})",
       Seen::kLogin},
      // What a stranger sends, and what others say
      {"Invalid user " + m + " from 192.0.2.9 port 7", Seen::kNothing},
      {bsd + "sshd[71]: Invalid user " + m + " from 192.0.2.9 port 7", Seen::kNothing},
      {bsd + "sshd[71]: Received disconnect from 192.0.2.9 port 7:11: " + m, Seen::kNothing},
      {bsd + "sshd[71]: auth.c:f():1 (pid=1): Failed none for invalid user " + m, Seen::kNothing},
      {"debug1: userauth-request for user " + m, Seen::kNothing},
      {bsd + "bastion[812]: Invalid user " + m + " from 192.0.2.9 port 7", Seen::kNothing},
      {iso + "stderr F Received disconnect from 192.0.2.9 port 7:11: " + m, Seen::kNothing},
      {iso + "Received disconnect from 192.0.2.9 port 7:11: " + m, Seen::kNothing},
      {"sshd-1  | Received disconnect from 192.0.2.9 port 7:11: " + m, Seen::kNothing},
      {"MESSAGE=Received disconnect from 192.0.2.9 port 7:11: " + m, Seen::kNothing},
      {"Sun 2026-11-22 06:55:12 UTC web1 sshd[7]: Received disconnect from 192.0.2.9 port 7:11: " + m,
       Seen::kNothing},
      {R"({"MESSAGE":")" + m + R"(","_COMM":"rsyslogd","_UID":"1000","SYSLOG_IDENTIFIER":"sshd"})",
       Seen::kNothing},
      {bsd + "sshd[71]: Invalid user " + bytes(m) + " from 192.0.2.9 port 7", Seen::kNothing},
      {"Invalid user " + bytes(m) + " from 192.0.2.9 port 7", Seen::kNothing},
      {"{\"MESSAGE\":\"Invalid user " + bytes(m) + " from 192.0.2.9 port 7\",\"_COMM\":\"sshd\"}",
       Seen::kNothing},
      // Nothing says where the message begins: not a login, and not to be passed over.
      {"[web] Received disconnect from 192.0.2.9 port 7:11: " + m, Seen::kUnreadable},
      {R"({"MESSAGE":")" + m + R"(","_COMM":"logger"})", Seen::kNothing},
      {R"({"MESSAGE":")" + m + R"(","_COMM":"logger","SYSLOG_IDENTIFIER":"sshd"})", Seen::kNothing},
      {bsd + "sudo: jo : COMMAND=/bin/grep Accepted publickey for root.*-CERT auth.log", Seen::kNothing},
      {"x sshd[1]: Accepted publickey for root", Seen::kNothing},
  }));
  CAPTURE(row.first.substr(0, 200));
  CHECK(seen(row.first) == row.second);
}

TEST_CASE("a planted login is never missed") {
  std::uint32_t random = 1;
  std::array<std::uint8_t, 24> choices{};
  std::size_t quoted = 0;
  for (int round = 0; round < 20000; ++round) {
    for (std::uint8_t& choice : choices) {
      random = random * 1664525 + 1013904223;
      choice = static_cast<std::uint8_t>(random >> 24);
    }
    const fuzz::PlantedLog log = fuzz::plant_login(choices);
    quoted += log.quoted ? 1 : 0;
    CAPTURE(log.text);
    REQUIRE(fuzz::misjudged(log) == "");
  }
  CHECK(quoted > 5000);
  CHECK(quoted < 15000);
}

TEST_CASE("a login in JSON whose letters are escaped is not missed") {
  const std::string escaped = "\\u0041" + accepted("x").substr(1);
  for (const std::string& line : {"{\"message\":\"" + escaped + "\"}", "{\"a\":{\"b\":\"" + escaped + "\"}}",
                                  "[{\"MESSAGE\":\"" + escaped + "\"}]",
                                  "{\"MESSAGE\":\"" + escaped + "\",\"MESSAGE\":\"y\",\"_COMM\":\"sshd\"}"}) {
    CAPTURE(line);
    CHECK(ledger::read_log_line(line, kNow).unreadable == "unknown log format");
  }
  // The journal's own member is read, and an escaped backslash escapes nothing.
  const auto read = ledger::read_log_line("{\"MESSAGE\":\"" + escaped + "\",\"_COMM\":\"sshd\"}", kNow);
  REQUIRE(read.line);
  CHECK(read.line->message == accepted("x"));
  CHECK(ledger::read_log_line("{\"message\":\"\\" + escaped + "\"}", kNow).unreadable.empty());
}

TEST_CASE("a login before OpenSSH 7.9 names no key") {
  const auto login = ledger::parse_certificate_login(
                         "Accepted publickey for root from 192.0.2.1 port 50550 ssh2: RSA-CERT ID vault-1 "
                         "(serial 55) CA RSA " +
                         kPrint)
                         .value();
  REQUIRE(login);
  CHECK((login->key.empty() && login->key_id.ends_with("vault-1") && login->serial == 55 &&
         login->authority == kPrint));
}

TEST_CASE("an object of JSON over several lines is one record") {
  const std::string object = "{\n\t\"MESSAGE\" : [\n\t\t65,\n\t\t66\n\t],\n\t\"_COMM\" : \"sshd\"\n}";
  const auto records = [](std::string_view log) {
    std::vector<std::string> out;
    while (!log.empty()) out.emplace_back(ledger::next_record(log));
    return out;
  };
  CHECK(records("a\n" + object + "\nb\n") == std::vector<std::string>{"a", object, "b"});
  CHECK(ledger::read_log_line(object, kNow).line->message == "AB");
  CHECK(records("[\n  {\n    \"a\": 1\n  },\n  {\n  }\n]") ==
        std::vector<std::string>{"[", "{\n    \"a\": 1\n  }", "{\n  }", "]"});
  // What is not one is read line by line, so that nothing is hidden in it.
  for (const char* odd : {"{\nx\n}\n", "{\n{\n", "{\n", "  {\nx\n  }\n", "{\n  {\n}\n"}) {
    CAPTURE(odd);
    CHECK(records(odd).size() == static_cast<std::size_t>(std::count(odd, odd + std::strlen(odd), '\n')));
  }
}

TEST_CASE("what is left of a login at the edge of a log") {
  const std::string whole = accepted("x");
  for (std::size_t size = 24; size < whole.find("ED25519-CERT ") + 8; ++size) {
    CAPTURE(size);
    CHECK(ledger::lost_end(whole.substr(0, size)));
  }
  for (std::size_t at = 1; at < whole.find(" (serial ") - 60; ++at) {
    CAPTURE(at);
    CHECK(ledger::lost_start(whole.substr(at)));
  }
  const std::string plain = "Accepted publickey for root from 192.0.2.1 port 1 ssh2: ED25519 " + kPrint;
  CHECK_FALSE(ledger::lost_end(plain));
  CHECK_FALSE(ledger::lost_start(plain.substr(1)));
  CHECK_FALSE(ledger::lost_start("Failed" + whole.substr(8)));
}

TEST_CASE("fingerprints by MD5, with and without its name") {
  const std::string md5 = "01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef";
  for (const std::string& written : {md5, "MD5:" + md5}) {
    std::string message = accepted("x");
    message.replace(message.rfind(kPrint), kPrint.size(), written);
    CHECK(ledger::parse_certificate_login(message).value()->authority == "MD5:" + md5);
    message.pop_back();
    CHECK_FALSE(ledger::parse_certificate_login(message));
  }
}

TEST_CASE("escapes of the log are undone") {
  CHECK(ledger::parse_certificate_login(accepted("zo\\303\\253 \\\\101 \\9")).value()->key_id ==
        "zo\xC3\xAB \\101 \\9");
}

TEST_CASE("what is not a login with a certificate") {
  for (const std::string& other :
       {accepted("x").substr(1), "Failed" + accepted("x").substr(8), "Postponed" + accepted("x").substr(8),
        std::string("Accepted publickey for root from 192.0.2.1 port 1 ssh2: ED25519 ") + kPrint,
        std::string("Accepted publickey for "), "Invalid user " + accepted("x")}) {
    CAPTURE(other);
    const auto login = ledger::parse_certificate_login(other);
    REQUIRE(login);
    CHECK_FALSE(*login);
  }
}

TEST_CASE("a login with a certificate that cannot be read whole is never passed over") {
  const std::string whole = accepted("x");
  struct Row {
    std::string message;
    const char* why;
  };
  const auto row = GENERATE_COPY(values<Row>({
      {accepted("x", "x"), "not in the form"},
      {accepted("x", "99999999999999999999"), "not in the form"},
      {whole + "A", "its fingerprints"},
      {whole + " ", "its fingerprints"},
      {whole.substr(0, whole.find(" ID ")), "not in the form"},
      {whole.substr(0, whole.find(kPrint)) + "MD5:00:11" + whole.substr(whole.find(" ID ")),
       "its fingerprints"},
      {"Accepted publickey for ED25519-CERT ", "not in the form"},
  }));
  CAPTURE(row.message);
  const auto login = ledger::parse_certificate_login(row.message);
  REQUIRE_FALSE(login);
  CHECK(login.error().message.find(row.why) == 0);
}

TEST_CASE("a message cut off behind what looks like its end is not believed") {
  const std::string fake = " (serial 5) CA ED25519 " + kPrint;
  // Where sshd cuts for syslog and for its own stderr, and near the latter.
  const auto size = GENERATE(values<std::size_t>({500, 1000, 1021, 1023}));
  CAPTURE(size);
  const std::size_t filling = size - (accepted("").find(" (serial ") + fake.size());
  const std::string cut =
      accepted(std::string(filling, 'E') + fake + "the rest of its key id").substr(0, size);
  REQUIRE(cut.ends_with(fake));
  const auto login = ledger::parse_certificate_login(cut);
  REQUIRE_FALSE(login);
  CHECK(login.error().message.find("sshd cuts messages off") == 0);
}

TEST_CASE("a login in part is one, too") {
  const auto login = ledger::parse_certificate_login("Partial" + accepted("x").substr(8)).value();
  REQUIRE(login);
  CHECK(login->partial);
  CHECK(login->key_id == "x");
  CHECK(ledger::read_log_line("Partial" + accepted("x").substr(8), kNow).line);
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
      {"Connection closed by invalid user 192.0.2.7 port 7 192.0.2.1 port 50000 [preauth]", nullptr},
      {"Connection closed by invalid user x 192.0.2.1 port 50000 \\303\\251", nullptr},
      {"Disconnected from authenticating user root 192.0.2.1 port 50000", nullptr},
      {"Disconnected from user root 192.0.2.1 port 50000 x", nullptr},
      {"terminating inactive connection from user root 192.0.2.1 port 50000", "192.0.2.1"},
      {"Disconnecting user root 192.0.2.1 port 50000: Too many port 7", "192.0.2.1"},
      {"Connection from user root 192.0.2.1 port 50000 timed out", "192.0.2.1"},
      {"Connection reset by 192.0.2.1 port 50000", "192.0.2.1"},
      {"Timeout, client not responding from user root 192.0.2.1 port 50000", "192.0.2.1"},
      {"Invalid user Disconnected from 192.0.2.1 port 50000", nullptr},
      {"Connection from 192.0.2.1 port 50000 on 192.0.2.2 port 22", nullptr},
      {"Connection closed by 192.0.2.1", nullptr},
      {"Connection closed by 192.0.2.1 port x", nullptr},
  }));
  CAPTURE(row.message);
  const auto peer = ledger::parse_connection_end(row.message);
  REQUIRE(peer.has_value() == (row.address != nullptr));
  if (peer) CHECK((peer->address == row.address && peer->port == "50000"));
}
