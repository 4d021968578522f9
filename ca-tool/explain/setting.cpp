#include "explain/setting.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "base/text.hpp"

namespace halligan::explain {
namespace {

// Lists of these grow over lines and files; for all others the first one counts.
bool appends(std::string_view keyword) {
  return keyword == "allowusers" || keyword == "denyusers" || keyword == "allowgroups" ||
         keyword == "denygroups" || keyword == "acceptenv" || keyword == "hostkey";
}

// What holds where nothing is set, in all versions and without an argument of the daemon; empty: nothing.
std::optional<std::string> default_of(std::string_view keyword) {
  static constexpr std::pair<std::string_view, std::string_view> kDefaults[] = {
      {"permitrootlogin", "prohibit-password"},
      {"pubkeyauthentication", "yes"},
      {"trustedusercakeys", "none"},
      {"authorizedprincipalsfile", "none"},
      {"authorizedprincipalscommand", "none"},
      {"authorizedkeyscommand", "none"},
      {"revokedkeys", "none"},
      {"authenticationmethods", "any"},
      {"forcecommand", "none"},
      {"chrootdirectory", "none"},
      {"refuseconnection", "no"},
      {"allowusers", ""},
      {"denyusers", ""},
      {"allowgroups", ""},
      {"denygroups", ""}};
  const auto found = std::ranges::find(kDefaults, keyword, [](const auto& each) { return each.first; });
  return found == std::end(kDefaults) ? std::nullopt : std::optional<std::string>(found->second);
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return out;
}

struct Matcher {
  const trust::Facts& facts;
  const trust::Account& account;
  unsigned version;
  std::string& doubt;

  bool group(std::string_view list) const {
    int found = 0;
    for (const std::string& each : account.groups) {
      const int one = trust::match_list(each, list);
      if (one < 0) return false;
      found = std::max(found, one);
    }
    return found > 0;
  }

  // Of a "Match" line, for a login from `from`.
  bool applies(const std::vector<std::string>& words, std::string_view from) const {
    if (words.empty()) return false;
    for (std::size_t i = 0; i < words.size(); ++i) {
      std::string name = lowered(words[i]);
      std::string value;
      if (const std::size_t equals = name.find('='); equals != std::string::npos) {
        value = words[i].substr(equals + 1);
        name.resize(equals);
      } else if (name != "all" && name != "invalid-user") {
        if (++i == words.size()) return false;
        value = words[i];
      }
      if (!applies_one(name, value, from)) return false;
    }
    return true;
  }

  bool applies_one(std::string_view name, std::string_view value, std::string_view from) const {
    if (name == "all") return true;
    if (name == "invalid-user") return !account.exists();
    if (name == "user") return trust::match_list(account.name, value) == 1;
    if (name == "group") return group(value);
    if (name == "address") return trust::match_addresses(from, value) == 1;
    // Without UseDNS the host's name is its address.
    if (name == "host") return trust::match_list(from, lowered(value)) == 1;
    if (name == "localport") return value == "22" || doubted("LocalPort");
    if (name == "localaddress") return doubted("LocalAddress");
    if (name == "rdomain") return doubted("RDomain");
    if (name == "version") return trust::match_list(facts.version, value) == 1;
    return false;
  }

  bool doubted(const std::string& name) const {
    doubt = "Match " + name + " depends on how the host is reached";
    return false;
  }
};

}  // namespace

unsigned version_number(std::string_view version) {
  const std::size_t at = version.find('_');
  if (at == std::string_view::npos) return 0;
  version.remove_prefix(at + 1);
  const auto major = whole_number<unsigned>(version.substr(0, version.find('.')));
  version.remove_prefix(std::min(version.find('.') + 1, version.size()));
  const auto minor = whole_number<unsigned>(version.substr(0, version.find_first_not_of("0123456789")));
  return major && minor && *major < 1000 && *minor < 100 ? *major * 100 + *minor : 0;
}

Setting::Setting(const trust::Facts& facts, const trust::Account& account, const Login& login)
    : effective_(account.effective) {
  const Matcher matcher{facts, account, version_number(facts.version), doubt_};
  std::set<std::string> changed;  // by a block about which the two addresses differ
  bool now = true;
  bool then = true;
  bool inside = false;
  // A Match ends with its file, and what includes a file goes on as before it.
  std::vector<trust::Directive> all = trust::read_config(facts);
  std::vector<std::string> files;
  struct State {
    bool inside, now, then;
  };
  std::vector<State> states;
  for (trust::Directive& each : all) {
    while (!files.empty() && files.back() != each.file &&
           std::ranges::find(files, each.file) != files.end()) {
      files.pop_back();
      inside = states.back().inside, now = states.back().now, then = states.back().then;
      states.pop_back();
    }
    if (files.empty() || files.back() != each.file) {
      files.push_back(each.file);
      states.push_back({inside, now, then});
    }
    if (each.keyword == "match") {
      const bool outer_now = states.back().inside ? states.back().now : true;
      const bool outer_then = states.back().inside ? states.back().then : true;
      inside = true;
      now = outer_now && matcher.applies(each.arguments, login.from);
      then = outer_then && matcher.applies(each.arguments, facts.from);
      continue;
    }
    if (each.keyword == "include") continue;
    if (!inside) {
      global_.push_back(std::move(each));
    } else {
      if (now != then) changed.insert(each.keyword);
      if (now) matched_.push_back(std::move(each));
    }
  }
  for (const std::string& keyword : changed) {
    const trust::Directive* const chosen = in_force(keyword);
    const auto usual = default_of(keyword);
    if (chosen == nullptr && !usual) {
      doubt_ = "the default of " + keyword + " is not in what the host said for another address";
      continue;
    }
    effective_.erase(keyword);
    if (chosen == nullptr) {
      if (!usual->empty()) effective_.emplace(keyword, *usual);
      continue;
    }
    const auto add = [&](const trust::Directive& from) {
      std::string text;
      for (const std::string& word : from.arguments) text += (text.empty() ? "" : " ") + word;
      if (text.starts_with('+') || text.starts_with('-') || text.starts_with('^'))
        doubt_ = from.place() + " changes the default of " + keyword + ", which was not asked for";
      effective_.emplace(keyword, text);
    };
    if (!appends(keyword)) {
      add(*chosen);
      continue;
    }
    const bool in_match = std::ranges::find(matched_, keyword, &trust::Directive::keyword) != matched_.end();
    for (const trust::Directive& each : in_match ? matched_ : global_) {
      if (each.keyword == keyword) add(each);
    }
  }
}

const trust::Directive* Setting::in_force(const std::string& keyword) const {
  for (const auto* list : {&matched_, &global_}) {
    const auto found = std::ranges::find_if(*list, [&](const trust::Directive& each) {
      return each.keyword == keyword ||
             (keyword == "pubkeyacceptedalgorithms" && each.keyword == "pubkeyacceptedkeytypes");
    });
    if (found != list->end()) return &*found;
  }
  return nullptr;
}

std::string Setting::value(const std::string& keyword) const {
  const auto found = effective_.find(keyword);
  return found == effective_.end() || found->second.empty() ? "none" : found->second;
}

std::vector<std::string> Setting::words(const std::string& keyword) const {
  std::vector<std::string> out;
  for (auto [at, end] = effective_.equal_range(keyword); at != end; ++at) {
    std::string_view rest = at->second;
    while (!rest.empty()) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
      if (!word.empty()) out.emplace_back(word);
    }
  }
  return out;
}

bool Setting::has(const std::string& keyword, std::string_view algorithm) const {
  return trust::match_list(algorithm, value(keyword)) == 1;
}

std::string Setting::place(const std::string& keyword) const {
  const trust::Directive* const found = in_force(keyword);
  return found == nullptr ? "" : found->place();
}

bool Setting::none_in_match(const std::string& keyword) const {
  const trust::Directive* const found = in_force(keyword);
  return found != nullptr && found->in_match && found->arguments.size() == 1 &&
         lowered(found->arguments.front()) == "none";
}

}  // namespace halligan::explain
