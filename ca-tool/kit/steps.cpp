#include "kit/steps.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "kit/hosts.hpp"

namespace halligan::kit {
namespace {

struct Known {
  std::string_view program;
  std::string_view need;
};

constexpr std::string_view kDns = "asks DNS";
constexpr std::string_view kNetwork = "fetches from the network";
constexpr std::string_view kSignOn = "needs single sign-on";
constexpr std::string_view kPasswords = "needs a password manager";

constexpr Known kPrograms[] = {
    {"dig", kDns},
    {"host", kDns},
    {"nslookup", kDns},
    {"resolvectl", kDns},
    {"drill", kDns},
    {"getent", kDns},
    {"curl", kNetwork},
    {"wget", kNetwork},
    {"git", kNetwork},
    {"apt", kNetwork},
    {"apt-get", kNetwork},
    {"dnf", kNetwork},
    {"yum", kNetwork},
    {"zypper", kNetwork},
    {"apk", kNetwork},
    {"pip", kNetwork},
    {"pip3", kNetwork},
    {"npm", kNetwork},
    {"docker", kNetwork},
    {"podman", kNetwork},
    {"snap", kNetwork},
    {"brew", kNetwork},
    {"aws", kSignOn},
    {"az", kSignOn},
    {"gcloud", kSignOn},
    {"kinit", kSignOn},
    {"tsh", kSignOn},
    {"opkssh", kSignOn},
    {"step", kSignOn},
    {"vault", kSignOn},
    {"bao", kSignOn},
    {"okta", kSignOn},
    {"saml2aws", kSignOn},
    {"kubelogin", kSignOn},
    {"op", kPasswords},
    {"bw", kPasswords},
    {"pass", kPasswords},
    {"gopass", kPasswords},
    {"lpass", kPasswords},
    {"rbw", kPasswords},
    {"keepassxc-cli", kPasswords},
    {"secret-tool", kPasswords},
};

// Programs whose words may be hosts, and options before one.
constexpr std::string_view kHostPrograms[] = {"ssh",         "scp",        "sftp",   "rsync",
                                              "ping",        "nc",         "telnet", "ssh-keyscan",
                                              "ssh-copy-id", "traceroute", "mosh",   "halligan"};
constexpr std::string_view kHostOptions[] = {"--ssh", "--host", "--jump", "-J"};
constexpr std::string_view kBefore[] = {"sudo", "exec", "command", "env", "time", "nice", "!", "if", "then"};

bool is_one_of(std::string_view word, std::span<const std::string_view> list) {
  return std::ranges::find(list, word) != list.end();
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

// "example.com" and below, and what ends in .example, .test, .invalid, .localhost.
bool is_reserved(std::string_view name) {
  for (const std::string_view end : {"example.com", "example.net", "example.org"}) {
    if (name == end || name.ends_with("." + std::string(end))) return true;
  }
  return name == "localhost" || name.ends_with(".example") || name.ends_with(".test") ||
         name.ends_with(".invalid") || name.ends_with(".localhost");
}

// Does it have the form of a name with a domain: labels, the last one of letters?
bool is_domain_name(std::string_view text) {
  if (!std::ranges::all_of(text, is_name_character) || text.find("..") != std::string_view::npos)
    return false;
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 2 >= text.size()) return false;
  return std::ranges::all_of(text.substr(dot + 1),
                             [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; });
}

// The words of a command as a shell would split it; quotes and files of redirections are dropped, operators
// are words.
std::vector<std::string> shell_words(std::string_view command) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  bool is_file = false;  // the next word
  const auto end = [&] {
    if (word.empty()) return;
    if (!std::exchange(is_file, false)) words.push_back(word);
    word.clear();
  };
  for (const char c : command) {
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '#' && word.empty()) {
      break;
    } else if (std::string_view(" \t\n\\").find(c) != std::string_view::npos) {
      end();
    } else if (std::string_view(";|&()`<>").find(c) != std::string_view::npos) {
      end();
      is_file = c == '<' || c == '>';
      if (!is_file) words.emplace_back(1, ';');
    } else {
      word += c;
    }
  }
  end();
  return words;
}

class StepReader {
 public:
  explicit StepReader(const std::function<bool(const std::string& name)>& has_address)
      : has_address_(has_address) {}

  std::vector<StepNeed> read(const runbook::Document& document) {
    for (const runbook::Step& step : document.steps) {
      for (const runbook::Line& command : step.commands) {
        if (!runbook::placeholder_of(command.text)) read(command);
      }
    }
    return std::move(needs_);
  }

 private:
  void read(const runbook::Line& command) {
    line_ = command.number;
    seen_.clear();
    bool begins = true;
    bool hosts = false;
    std::string before;
    for (const std::string& word : shell_words(command.text)) {
      if (word == ";") {
        begins = true;
      } else if (begins && !is_one_of(word, kBefore) && !is_assignment(word)) {
        begins = false;
        const std::string program = word.substr(word.rfind('/') + 1);
        take_program(program);
        hosts = is_one_of(program, kHostPrograms);
      } else {
        take_word(word, hosts, is_one_of(before, kHostOptions));
      }
      before = word;
    }
  }

  static bool is_assignment(const std::string& word) {
    const std::size_t equals = word.find('=');
    return equals != std::string::npos && equals > 0 && word.find_first_of("/-.@") > equals;
  }

  void take_program(const std::string& program) {
    for (const Known& each : kPrograms) {
      if (each.program == program) add(program + " " + std::string(each.need));
    }
  }

  // "root@web1:/etc/hosts", "web1.corp.net", "https://wiki.corp.net/page".
  void take_word(std::string word, bool hosts, bool is_host) {
    // What has a blank in it is a text: 'sam: incident 4711'.
    if (word.find_first_of("$ \n") != std::string::npos || word.starts_with('-')) return;
    if (const std::size_t scheme = word.find("://"); scheme != std::string::npos) {
      word = word.substr(scheme + 3);
      word = word.substr(0, word.find_first_of("/?#"));
      is_host = true;
    }
    const std::size_t at = word.rfind('@');
    const bool has_user = at != std::string::npos && at > 0;
    std::string name = word.substr(at == std::string::npos ? 0 : at + 1);
    if (name.starts_with('[')) {
      name = name.substr(1, name.find(']') - 1);
    } else if (!is_address(name)) {
      name = name.substr(0, name.find(':'));
    }
    if (name.empty() || is_address(name) || name.find('/') != std::string::npos) return;
    if (!std::ranges::all_of(name, is_name_character)) return;
    const bool remote = hosts && word.find(':') != std::string::npos;
    if (!is_host && !has_user && !remote && !(hosts && is_domain_name(name) && !looks_like_file(name)))
      return;
    if (is_reserved(name) || has_address_(name)) return;
    add(name + " is a name, which needs DNS: the kit has no address of it");
  }

  static bool looks_like_file(std::string_view name) {
    constexpr std::string_view kEnds[] = {".pub",     ".krl",  ".log",  ".json",   ".policy",
                                          ".request", ".age",  ".conf", ".ledger", ".txt",
                                          ".config",  ".html", ".pdf",  ".md"};
    return std::ranges::any_of(kEnds, [&](std::string_view end) { return name.ends_with(end); });
  }

  void add(const std::string& text) {
    if (seen_.insert(text).second) needs_.push_back({line_, printable(text)});
  }

  const std::function<bool(const std::string& name)>& has_address_;
  std::size_t line_ = 0;
  std::set<std::string> seen_;
  std::vector<StepNeed> needs_;
};

}  // namespace

std::vector<StepNeed> needs_of_steps(const runbook::Document& document,
                                     const std::function<bool(const std::string& name)>& has_address) {
  return StepReader(has_address).read(document);
}

}  // namespace halligan::kit
