#include "trust/facts.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "ssh/text_line.hpp"

namespace halligan::trust {
namespace {

constexpr std::size_t kMostEntries = 10000;

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return out;
}

Aging parse_aging(std::string_view text) {
  Aging out;
  for (auto* into : {&out.changed, &out.maximum, &out.inactive, &out.expires})
    *into = whole_number<std::int64_t>(ssh::next_word(text));
  return out;
}

std::vector<std::string> split(std::string_view text, char mark) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(mark));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (!word.empty()) out.emplace_back(word);
  }
  return out;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<Facts> read() {
    if (next_line(text_) != "halligan-trust-facts 1") return broken("no facts");
    while (!text_.empty()) {
      std::string_view line = next_line(text_);
      if (line == "end") {
        if (!text_.empty()) return broken("something follows the end");
        return std::move(facts_);
      }
      if (++entries_ > kMostEntries) return broken("too many entries");
      const std::string_view kind = ssh::next_word(line);
      if (kind == "set") {
        const std::string_view name = ssh::next_word(line);
        HALLIGAN_CHECK(set(name, line));
      } else if (kind == "block") {
        HALLIGAN_CHECK(block(line));
      } else if (kind == "stat") {
        HALLIGAN_CHECK(stat(line));
      } else if (kind == "real") {
        if (!line.starts_with('/')) return broken("a path that is not absolute");
        pending_file_.real = line;
      } else if (kind == "absent" || kind == "other") {
        facts_.files.push_back(
            {.path = std::string(line), .real = {}, .exists = kind == "other", .sum = {}, .text = {}});
      } else if (kind == "folder") {
        HALLIGAN_CHECK(folder(line));
      } else if (kind == "pending") {
        facts_.pending.emplace_back(line);
      } else if (kind == "changed") {
        Changed each;
        each.config = ssh::next_word(line) == "config";
        for (std::string* into : {&each.saved, &each.before, &each.after, &each.now})
          *into = ssh::next_word(line);
        each.path = line;
        facts_.changed.push_back(std::move(each));
      } else {
        return broken("unknown entry " + printable(kind.substr(0, 40)));
      }
    }
    return broken("they end too early");
  }

 private:
  static Failure broken(const std::string& why) {
    return fail(Code::kBadInput, "what the host says of itself cannot be read: " + why);
  }

  Account& account(std::string_view name) {
    const auto found = std::ranges::find(facts_.accounts, name, &Account::name);
    if (found != facts_.accounts.end()) return *found;
    facts_.accounts.push_back({.name = std::string(name)});
    return facts_.accounts.back();
  }

  Daemon& daemon(std::string_view pid) {
    const auto found = std::ranges::find(facts_.daemons, pid, &Daemon::pid);
    if (found != facts_.daemons.end()) return *found;
    facts_.daemons.push_back({.pid = std::string(pid)});
    return facts_.daemons.back();
  }

  // A value of the account or the daemon that its first word names.
  bool set_of_one(std::string_view name, std::string_view value) {
    const std::string_view whose = ssh::next_word(value);
    if (name == "account") {
      Account& into = account(whose);
      into.uid = whole_number<std::uint64_t>(ssh::next_word(value)).value_or(0);
      into.shell_works = ssh::next_word(value) == "yes";
      into.groups = split(value, ',');
    } else if (name == "home") {
      account(whose).home = value;
    } else if (name == "shell") {
      account(whose).shell = value;
    } else if (name == "shadow") {
      account(whose).shadow = value;
    } else if (name == "aging") {
      account(whose).aging = parse_aging(value);
    } else if (name == "chroot") {
      account(whose).chroot = value;
    } else if (name == "principals") {
      account(whose).principals = value;
    } else if (name == "unreadable") {
      account(whose).principals_read = false;
    } else if (name == "daemon") {
      daemon(whose).unit = value;
    } else if (name == "daemon-program") {
      daemon(whose).program = value;
    } else if (name == "daemon-arguments") {
      daemon(whose).arguments = value;
    } else if (name == "daemon-config") {
      daemon(whose).config = value;
    } else if (name == "krl") {
      facts_.lists[std::string(whose)] = value;
    } else {
      return false;
    }
    return true;
  }

  Result<> set(std::string_view name, std::string_view value) {
    struct Text {
      std::string_view name;
      std::string Facts::*into;
    };
    static constexpr Text kTexts[] = {{"host", &Facts::host},
                                      {"from", &Facts::from},
                                      {"os", &Facts::os},
                                      {"version", &Facts::version},
                                      {"program", &Facts::program},
                                      {"config", &Facts::config},
                                      {"socket", &Facts::socket},
                                      {"error", &Facts::error},
                                      {"port", &Facts::port},
                                      {"last", &Facts::last},
                                      {"transaction", &Facts::transaction}};
    for (const Text& each : kTexts) {
      if (each.name == name) return facts_.*each.into = value, Result<>{};
    }
    if (name == "uid" || name == "time" || name == "loaded" || name == "checked") {
      const auto number = whole_number<std::uint64_t>(value);
      if (!number) return broken(printable(name) + " is not a number");
      if (name == "uid") facts_.uid = *number;
      if (name == "time") facts_.time = *number;
      if (name == "loaded") facts_.loaded = *number;
      if (name == "checked") facts_.checked = static_cast<int>(std::min<std::uint64_t>(*number, 255));
    } else if (name == "nixos") {
      facts_.nixos = true;
    } else if (name == "nologin") {
      (value == "/run/nologin" ? facts_.no_login_run : facts_.no_login) = true;
    } else if (name == "readonly") {
      facts_.read_only = true;
    } else if (name == "hostkey") {
      facts_.host_keys.emplace_back(value);
    } else if (name != "armed" && !set_of_one(name, value)) {
      return broken("unknown fact " + printable(name.substr(0, 40)));
    }
    return {};
  }

  Result<> block(std::string_view line) {
    const auto size = whole_number<std::size_t>(ssh::next_word(line));
    if (!size || *size >= text_.size() || text_[*size] != '\n')
      return broken("a file changed while it was read, or the connection was cut");
    const std::string_view contents = text_.substr(0, *size);
    text_.remove_prefix(*size + 1);
    const std::string_view kind = ssh::next_word(line);
    if (kind == "file") {
      pending_file_.path = line;
      pending_file_.text = contents;
      pending_file_.exists = pending_file_.regular = true;
      facts_.files.push_back(std::exchange(pending_file_, {}));
    } else if (kind == "said") {
      facts_.check_said = contents;
    } else if (kind == "pam") {
      facts_.pam = contents;
    } else if (kind == "failed") {
      account(line).failed = contents;
    } else if (kind == "authorized") {
      account(line).authorized.emplace_back(contents);
    } else if (kind == "effective") {
      std::string_view rest = contents;
      Account& into = account(line);
      while (!rest.empty()) {
        std::string_view each = next_line(rest);
        const std::string keyword = lowered(ssh::next_word(each));
        if (!keyword.empty()) into.effective.emplace(keyword, each);
      }
    } else {
      return broken("unknown block " + printable(kind.substr(0, 40)));
    }
    return {};
  }

  Result<> stat(std::string_view line) {
    pending_file_ = {};
    const auto mode = whole_number<unsigned>(ssh::next_word(line), 8);
    const auto uid = whole_number<std::uint64_t>(ssh::next_word(line));
    ssh::next_word(line);
    ssh::next_word(line);
    const auto links = whole_number<std::uint64_t>(ssh::next_word(line));
    if (!mode || !uid || !links) return broken("the state of a file");
    pending_file_.mode = *mode;
    pending_file_.uid = *uid;
    pending_file_.links = *links;
    pending_file_.sum = line;
    return {};
  }

  Result<> folder(std::string_view line) {
    const std::string_view mode = ssh::next_word(line);
    const std::string_view uid = ssh::next_word(line);
    if (mode == "absent") return {};
    const auto bits = whole_number<unsigned>(mode, 8);
    const auto owner = whole_number<std::uint64_t>(uid);
    if (!bits || !owner) return broken("the state of a folder");
    facts_.folders[std::string(line)] = {*bits, *owner};
    return {};
  }

  std::string_view text_;
  std::size_t entries_ = 0;
  HostFile pending_file_;
  Facts facts_;
};

}  // namespace

std::string Account::value(const std::string& keyword) const {
  const auto found = effective.find(keyword);
  return found == effective.end() || found->second.empty() ? "none" : found->second;
}

std::string_view Account::accepted_keyword() const {
  return effective.contains("pubkeyacceptedkeytypes") ? "PubkeyAcceptedKeyTypes" : "PubkeyAcceptedAlgorithms";
}

std::string Account::accepted() const {
  return value(effective.contains("pubkeyacceptedkeytypes") ? "pubkeyacceptedkeytypes"
                                                            : "pubkeyacceptedalgorithms");
}

std::vector<std::string> Account::words(const std::string& keyword) const {
  std::vector<std::string> out;
  for (auto [at, end] = effective.equal_range(keyword); at != end; ++at) {
    for (std::string& word : split(at->second, ' ')) {
      if (word != "none") out.push_back(std::move(word));
    }
  }
  return out;
}

const HostFile* Facts::file(std::string_view path) const {
  const auto found = std::ranges::find(files, path, &HostFile::path);
  return found == files.end() ? nullptr : &*found;
}

const Account* Facts::account(std::string_view name) const {
  const auto found = std::ranges::find(accounts, name, &Account::name);
  return found == accounts.end() ? nullptr : &*found;
}

Result<Facts> parse_facts(std::string_view text) { return Reader(text).read(); }

}  // namespace halligan::trust
