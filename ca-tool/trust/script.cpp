#include "trust/script.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "base/text.hpp"

namespace halligan::trust {
namespace {

constexpr std::string_view kMark = "HALLIGAN_END";
constexpr std::size_t kChunk = 512;  // bytes of a printf
// ssh-keygen -Q asks about a key, and a host's own may be anywhere. It is the base point of the curve, which
// is nobody's: no private key hashes to the number 1.
constexpr std::string_view kSomeKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFhmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZm";

std::string variable(std::string_view name, std::string_view value) {
  return fmt::format("{}={}\n", name, shell_word(value));
}

std::string words_of(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& each : words) out += (out.empty() ? "" : " ") + each;
  return out;
}

bool is_plain_text(std::string_view text) {
  const bool plain =
      std::ranges::all_of(text, [](char c) { return c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7f); });
  return plain && text.ends_with('\n') && text.find(kMark) == std::string_view::npos;
}

// Feeds these bytes to a command. Text stays as it is, for whoever reads the script.
std::string fed(const std::string& command, std::string_view contents) {
  if (contents.empty()) return fmt::format("  {} </dev/null\n", command);
  if (is_plain_text(contents)) return fmt::format("  {} <<'{}'\n{}{}\n", command, kMark, contents, kMark);
  std::string out = "  {\n";
  for (std::size_t at = 0; at < contents.size(); at += kChunk) {
    out += "    printf '";
    for (const char c : contents.substr(at, kChunk))
      out += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    out += "'\n";
  }
  return out + "  } | " + command + "\n";
}

std::string_view action_word(Action action) {
  switch (action) {
    case Action::kWrite:
      return "write";
    case Action::kWriteList:
      return "list";
    case Action::kRemove:
      return "remove";
    case Action::kRestore:
      break;
  }
  return "restore";
}

std::string files_function(const Plan& plan) {
  std::string out = "files() {\n";
  int number = 0;
  for (const FileChange& each : plan.changes) {
    // A removal too gives its folder back the time that it had.
    const std::string command =
        fmt::format("\"$1\" {} {} {} {} {:o} {}", ++number, each.config ? "config" : "content",
                    each.saved.empty() ? action_word(each.action) : "restore", shell_word(each.path),
                    each.mode & 07777, shell_word(each.before));
    out += fed(command, each.saved.empty() ? each.text : each.saved + "\n");
  }
  return out + "}\n";
}

std::string expected_function(const Plan& plan) {
  std::string out = "expected() {\n  case $1 in\n";
  for (const Effect& each : plan.effects) {
    // Several patterns of one account: each prints its own line, since ;; ends only one.
    if (out.find("  " + shell_word(each.account) + ")") != std::string::npos) continue;
    out += fmt::format("  {})\n", shell_word(each.account));
    for (const Effect& same : plan.effects) {
      if (same.account == each.account)
        out += fmt::format("    echo {}\n", shell_word(same.keyword + " " + same.after));
    }
    out += "    ;;\n";
  }
  return out + "  esac\n}\n";
}

std::string daemons_function(const Facts& facts) {
  std::string out = "daemons() {\n  :\n";
  for (const Daemon& each : facts.daemons) {
    if (each.config != facts.daemons.front().config) continue;
    out += fmt::format("  printf '%s|%s|%s|%s\\n' {} {} {} {}\n", shell_word(each.pid), shell_word(each.unit),
                       shell_word(each.program), shell_word(each.arguments));
  }
  return out + "}\n";
}

}  // namespace

std::string probe_script(const Wanted& wanted) {
  std::string lines;
  for (const ssh::PublicKeyLine& each : wanted.authorities)
    lines += (lines.empty() ? "" : "\n") + ssh::format_public_key_line(each.key, {});
  const std::string look = fmt::format("{} {} /etc/ssh/sshd_config.d/{}", kCaFile, kListFile, kDropIn);
  return variable("accounts", words_of(wanted.accounts)) + variable("look", look) +
         variable("ca_lines", lines) + variable("some_key", kSomeKey) + std::string(kProbe);
}

std::string probe_script(const std::vector<std::string>& accounts, std::string_view from,
                         std::string_view key) {
  return variable("from_address", from) + variable("key_base64", key) +
         probe_script(Wanted{.authorities = {},
                             .accounts = accounts,
                             .principals = false,
                             .activate_pending = false,
                             .list = {}});
}

std::string apply_script(const Facts& facts, const Plan& plan, std::string_view transaction,
                         std::uint32_t deadline) {
  const Daemon* const daemon = facts.daemons.empty() ? nullptr : &facts.daemons.front();
  std::string accounts;
  for (const Effect& each : plan.effects) {
    if (accounts.find(each.account) == std::string::npos)
      accounts += (accounts.empty() ? "" : " ") + each.account;
  }
  const std::string pid_file = facts.accounts.empty() ? "none" : facts.accounts.front().value("pidfile");
  const std::string variables =
      variable("state", kStateFolder) + variable("tx", transaction) + "dir=$state/$tx\n" +
      variable("sshd", daemon != nullptr ? daemon->program : facts.program) +
      variable("args", daemon != nullptr ? daemon->arguments : "") + variable("pidfile", pid_file);
  return "#!/bin/sh\n# shellcheck disable=SC2034\n# halligan trust: what it does is in apply(), at the end. "
         "Run it as root, see that a "
         "new "
         "login works,\n# then type: keep. Without that everything is taken back.\n" +
         variables + std::string(kUndo) + variable("accounts", accounts) + variable("some_key", kSomeKey) +
         variable("rolled_back", plan.rolled_back) + fmt::format("deadline={}\n", deadline) +
         "# shellcheck disable=SC2086\nset -- ${SSH_CONNECTION:-127.0.0.1 0 127.0.0.1 22}\n"
         "words=\"host=$1,addr=$1,laddr=$3,lport=$4,rdomain=\"\n" +
         files_function(plan) + expected_function(plan) + daemons_function(facts) +
         "save() {\n  cat <<'HALLIGAN_UNDO'\n#!/bin/sh\n" + variables + std::string(kUndo) +
         "take_back \"${1-nobody kept it in time}\"\n"
         "case $? in 0) exit 0 ;; 2) disarm && exit 0 ;; esac\nexit 1\nHALLIGAN_UNDO\n}\n" +
         std::string(kApply) + "apply\n";
}

std::string cloud_init_snippet(const Wanted& wanted) {
  std::string lines;
  for (const ssh::PublicKeyLine& each : wanted.authorities)
    lines += "      " + ssh::format_public_key_line(each.key, each.comment) + "\n";
  const auto file = [](std::string_view path, std::string_view contents) {
    return fmt::format("  - path: {}\n    owner: root:root\n    permissions: '0644'\n    content: |\n{}",
                       path, contents);
  };
  return "#cloud-config\nwrite_files:\n" + file(kCaFile, lines) +
         fmt::format("  - path: {}\n    owner: root:root\n    permissions: '0644'\n    content: ''\n",
                     kListFile) +
         file(fmt::format("/etc/ssh/sshd_config.d/{}", kDropIn),
              fmt::format("      TrustedUserCAKeys {}\n      RevokedKeys {}\n", kCaFile, kListFile)) +
         "runcmd:\n  - [sh, -c, 'sshd -t && { systemctl try-reload-or-restart ssh 2>/dev/null || "
         "systemctl try-reload-or-restart sshd; }']\n";
}

std::string nixos_snippet(const Wanted& wanted) {
  std::string lines;
  for (const ssh::PublicKeyLine& each : wanted.authorities) {
    for (const char c : ssh::format_public_key_line(each.key, each.comment) + "\n") {
      // Inside '' these begin something else.
      if (c == '$' || c == '\'')
        lines += ' ';
      else
        lines += c;
    }
  }
  std::string indented;
  std::string_view rest = lines;
  while (!rest.empty()) indented += "    " + std::string(next_line(rest)) + "\n";
  return "environment.etc.\"ssh/halligan-ca.pub\".text = ''\n" + indented +
         "'';\nenvironment.etc.\"ssh/halligan-revoked\".text = \"\";\n"
         "services.openssh.extraConfig = ''\n"
         "    TrustedUserCAKeys /etc/ssh/halligan-ca.pub\n    RevokedKeys /etc/ssh/halligan-revoked\n'';\n";
}

}  // namespace halligan::trust
