// A log with a login by a certificate of ours that is on no record, in wrappers and among lines that the
// choices name. Whatever they are, the login is reported; and where it stands in a stranger's text, it does
// not count as one.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "crypto/digest.hpp"
#include "ledger/reconcile.hpp"
#include "ssh/key.hpp"

namespace halligan::fuzz {

struct PlantedLog {
  std::string text;
  bool quoted = false;  ///< the login stands in what a stranger sent
};

/// One byte chooses one thing; where they end, the first of each kind is chosen.
class Choices {
 public:
  explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::size_t below(std::size_t count) {
    if (bytes_.empty()) return 0;
    const std::size_t out = bytes_.front() % count;
    bytes_ = bytes_.subspan(1);
    return out;
  }
  template <typename List>
  const auto& of(const List& list) {
    return list[below(std::size(list))];
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

inline const ssh::PublicKey& our_ca() {
  static const ssh::PublicKey key = [] {
    const std::array<std::uint8_t, 32> point{0x58, 0x66, 0x66, 0x66};
    return ssh::PublicKey::make(ssh::KeyType::kEd25519, point).value();
  }();
  return key;
}

inline std::string our_login() {
  return "Accepted publickey for root from 192.0.2.1 port 50000 ssh2: ED25519-CERT SHA256:" +
         std::string(43, 'A') + " ID off the record (serial 7) CA ED25519 " + crypto::fingerprint(our_ca());
}

// What sshd writes around a text that somebody sends before, or instead of, a login.
inline std::string in_strangers_text(Choices& choices, const std::string& login) {
  struct Around {
    const char* before;
    const char* after;
  };
  static constexpr std::array<Around, 9> kTexts{
      {{"Invalid user ", " from 198.51.100.1 port 4"},
       {"Received disconnect from 198.51.100.1 port 4:11: ", " [preauth]"},
       {"Received disconnect from 198.51.100.1 port 4:11: ", ""},
       {"Failed none for invalid user ", " from 198.51.100.1 port 4 ssh2"},
       {"Connection closed by invalid user ", " 198.51.100.1 port 4 [preauth]"},
       {"Disconnected from invalid user ", " 198.51.100.1 port 4 [preauth]"},
       {"banner exchange: Connection from 198.51.100.1 port 4: ", ""},
       {"Bad protocol version identification '", "' from 198.51.100.1 port 4"},
       {"error: maximum authentication attempts exceeded for invalid user ",
        " from 198.51.100.1 port 4 ssh2 [preauth]"}}};
  const Around& text = choices.of(kTexts);
  return text.before + login + text.after;
}

// JSON is not put into JSON again: nobody would find the login in that.
inline std::string in_wrapper(Choices& choices, const std::string& message, bool& in_json) {
  static const std::vector<std::string> kBefore{
      "",
      "Nov 22 06:55:12 web1 sshd[71]: ",
      "2026-11-22T06:55:12.5+01:00 web1 sshd-session[71]: ",
      "1795330512.5 web1 sshd[71]: ",
      "Sun 2026-11-22 06:55:12 UTC web1 sshd[71]: ",
      "<38>1 2026-11-22T06:55:12Z web1 sshd 71 - - ",
      "<38>1 2026-11-22T06:55:12Z web1 sshd 71 - [a@1 b=\"] \\\" \"] ",
      "Nov 22 06:55:12 web1 bastion/3f[812]: ",
      "Nov 22 06:55:12 web1 auth.info sshd[71]: ",
      "2026-11-22T06:55:12Z stderr F ",
      "2026-11-22T06:55:12Z ",
      "web-1  | ",
      "MESSAGE=",
      "auth.c:f():1 (pid=1): ",
      "[ID 1 auth.info] ",
      "<38>",
      "sshd[71]: ",
      "message repeated 2 times: [ ",
      "\t",
      "  ",
      ": ",
      "[",
      "\"",
      "x",
      "\\",
      "{",
      "[65, 66",
      "5312 2026-11-22 06:55:12.123 ",
      std::string(3, '\0'),
  };
  using Json = nlohmann::json;
  const auto text = [](const Json& json, int indent = -1) {
    return json.dump(indent, ' ', false, Json::error_handler_t::replace);
  };
  std::vector<std::uint8_t> bytes(message.begin(), message.end());
  constexpr std::size_t kJson = 8;
  std::size_t kind = choices.below(kBefore.size() + kJson);
  if (in_json && kind < kJson) kind = kJson;
  in_json = in_json || kind < kJson;
  switch (kind) {
    case 0:
      return text({{"MESSAGE", message}, {"_COMM", "sshd"}, {"__REALTIME_TIMESTAMP", "1795330512000000"}});
    case 1:
      return text({{"MESSAGE", bytes}, {"_COMM", "sshd"}, {"_UID", "0"}});
    case 2:
      return text({{"MESSAGE", bytes}, {"_EXE", "/usr/sbin/sshd"}}, 2);
    case 3:
      return text({{"MESSAGE", message}, {"SYSLOG_IDENTIFIER", "sshd-session"}}, 1);
    case 4:
      return "data: " + text({{"MESSAGE", bytes}});
    case 5:
      return "\x1e" + text({{"MESSAGE", message}, {"_COMM", "dockerd"}, {"CONTAINER_ID", "3f"}});
    case 6:
      return text({{"log", message + "\n"}, {"time", "2026-11-22T06:55:12.5Z"}});
    case 7:
      return text({{"entries", {{{"message", bytes}}}}});
    default:
      return kBefore[kind - kJson] + message;
  }
}

inline PlantedLog plant_login(std::span<const std::uint8_t> bytes) {
  static const std::vector<std::string> kLines{
      "",
      "Nov 22 06:55:11 web1 sshd[70]: Server listening on 0.0.0.0 port 22.\n",
      "Nov 22 06:55:13 web1 sshd[71]: Disconnected from user root 192.0.2.1 port 50000\n",
      "Nov 22 06:55:11 web1 sshd[71]: Accepted password for root from 192.0.2.1 port 50000 ssh2\n",
      "Connection closed by 192.0.2.1 port 50000\r\n",
      "Invalid user x from 198.51.100.1 port 4\r\n",
      "Invalid user x\n",
      "{\n",
      "}\n",
      "  {\n",
      "{\"MESSAGE\":\"x\",\"_COMM\":\"logger\"}\n",
      "{\"MESSAGE\":\"x\"\n",
      "\r\n",
      "\n",
      "[65, 66,\n",
      std::string(5, '\0'),
  };
  Choices choices(bytes);
  PlantedLog log;
  std::string login = our_login();
  log.quoted = choices.below(3) == 1;
  if (log.quoted) login = in_strangers_text(choices, login);
  bool in_json = false;
  for (std::size_t depth = choices.below(4); depth != 0; --depth) login = in_wrapper(choices, login, in_json);
  for (std::size_t lines = choices.below(4); lines != 0; --lines) log.text += choices.of(kLines);
  const std::string_view end = std::array{"\n", "\r\n", ""}[choices.below(3)];
  (log.text += login) += end;
  for (std::size_t lines = end.empty() ? 0 : choices.below(4); lines != 0; --lines)
    log.text += choices.of(kLines);
  return log;
}

/// @return what is wrong; empty: nothing
inline std::string misjudged(const PlantedLog& log) {
  ledger::Reconciliation reconciliation({}, {our_ca()}, 10);
  const auto read = reconciliation.read("log", log.text, 1795330512);
  reconciliation.finish();
  const std::size_t faults = ledger::fault_count(reconciliation.findings());
  if (log.quoted) {
    if (reconciliation.logins() != 0) return "what a stranger sent counts as a login";
    return faults == 0 && read.quoted == 0 ? "what a stranger sent is not counted" : "";
  }
  return faults == 0 ? "the login is not reported" : "";
}

}  // namespace halligan::fuzz
