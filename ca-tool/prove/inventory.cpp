// Ansible's inventory. What only Ansible can evaluate is refused, not guessed: `ansible-inventory --list`
// evaluates it.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "prove/targets.hpp"

namespace halligan::prove {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostHosts = 100'000;
constexpr const char* kEvaluate =
    "let Ansible evaluate it: ansible-inventory --list | halligan prove --inventory -";

/// What is known of one host.
struct Variables {
  std::string host{};        // ansible_host
  std::string port{};        // ansible_port
  std::string connection{};  // ansible_connection
};

Result<> take(Variables& into, std::string_view name, const std::string& value) {
  std::string* const place = name == "ansible_host" || name == "ansible_ssh_host"   ? &into.host
                             : name == "ansible_port" || name == "ansible_ssh_port" ? &into.port
                             : name == "ansible_connection"                         ? &into.connection
                                                                                    : nullptr;
  if (place == nullptr) return {};
  if (value.find("{{") != std::string::npos)
    return fail(Code::kUnsupported, std::string(name) + " is a template", kEvaluate);
  *place = value;
  return {};
}

Result<> add(std::vector<Target>& out, const std::string& name, const Variables& variables) {
  const std::string& connection = variables.connection;
  if (!connection.empty() && connection != "ssh" && connection != "smart" && connection != "paramiko" &&
      !connection.ends_with(".ssh"))
    return {};
  std::uint16_t port = 22;
  if (!variables.port.empty()) {
    port = whole_number<std::uint16_t>(variables.port).value_or(0);
    if (port == 0) return fail(Code::kBadInput, printable(name) + ": ansible_port is no port");
  }
  // An IPv6 address has no brackets there.
  const std::string host = variables.host.empty() ? name : variables.host;
  HALLIGAN_TRY(Target target, parse_target(host, port).in(printable(name)));
  target.name = name;
  if (out.size() == kMostHosts) return fail(Code::kBadInput, "more than 100,000 hosts");
  out.push_back(std::move(target));
  return {};
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

// {"_meta": {"hostvars": {HOST: {…}}}, GROUP: {"hosts": […], "children": […]}}
Result<std::vector<Target>> parse_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return fail(Code::kBadInput, "not JSON as ansible-inventory --list prints it");
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const auto& [group, body] : json.items()) {
    if (group == "_meta" || !body.is_object() || !body.contains("hosts")) continue;
    if (!body["hosts"].is_array()) return fail(Code::kBadInput, printable(group) + ": hosts is no array");
    for (const Json& each : body["hosts"]) {
      if (!each.is_string()) return fail(Code::kBadInput, printable(group) + ": a host is no text");
      if (seen.insert(each.get<std::string>()).second) names.push_back(each.get<std::string>());
    }
  }
  const Json meta = json.value("_meta", Json::object());
  const Json all = meta.is_object() ? meta.value("hostvars", Json::object()) : Json();
  if (!all.is_object()) return fail(Code::kBadInput, "hostvars is no object");
  std::vector<Target> out;
  for (const std::string& name : names) {
    Variables variables;
    if (const auto own = all.find(name); own != all.end() && own->is_object()) {
      for (const auto& [key, value] : own->items())
        HALLIGAN_CHECK(take(variables, key, text_of(value)).in(printable(name)));
    }
    HALLIGAN_CHECK(add(out, name, variables));
  }
  return out;
}

// "web[01:20].example.org", "db-[a:f]", "[0:6:2]"; several in one name.
Result<std::vector<std::string>> expand(const std::string& pattern) {
  std::vector<std::string> out{""};
  std::string_view rest = pattern;
  while (!rest.empty()) {
    const std::size_t open = rest.find('[');
    for (std::string& each : out) each += rest.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find(']', open);
    if (close == std::string_view::npos) return fail(Code::kBadInput, "a range without its end");
    std::string_view range = rest.substr(open + 1, close - open - 1);
    rest.remove_prefix(close + 1);
    const auto first = before(range, ":").value_or("");
    const auto middle = before(range, ":");
    const std::string_view last = middle ? *middle : range;
    const auto step = middle ? whole_number<unsigned>(range) : std::optional<unsigned>(1);
    const bool letters =
        first.size() == 1 && last.size() == 1 && whole_number<unsigned>(first) == std::nullopt;
    const auto from = letters ? std::optional<unsigned>(static_cast<unsigned char>(first[0]))
                              : whole_number<unsigned>(first.empty() ? "0" : first);
    const auto to =
        letters ? std::optional<unsigned>(static_cast<unsigned char>(last[0])) : whole_number<unsigned>(last);
    if (!from || !to || !step || *step == 0 || *to < *from ||
        (*to - *from) / *step >= kMostHosts / out.size())
      return fail(Code::kBadInput, "not a range: " + printable(pattern));
    std::vector<std::string> longer;
    for (const std::string& each : out) {
      for (std::uint64_t number = *from; number <= *to; number += *step) {
        std::string text = letters ? std::string(1, static_cast<char>(number)) : std::to_string(number);
        if (!letters && text.size() < first.size()) text.insert(0, first.size() - text.size(), '0');
        longer.push_back(each + text);
      }
    }
    out = std::move(longer);
  }
  return out;
}

// The words of a line, which may be quoted: name key=value key="some value".
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> out;
  std::string word;
  char quote = 0;
  bool any = false;
  for (const char c : line) {
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '"' || c == '\'') {
      quote = c, any = true;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      if (any) out.push_back(std::move(word));
      word.clear(), any = false;
    } else if (c == '#' && !any) {
      break;
    } else {
      word += c, any = true;
    }
  }
  if (any) out.push_back(std::move(word));
  return out;
}

class Ini {
 public:
  Result<> line(std::string_view text) {
    const auto words = words_of(text);
    if (words.empty() || words[0].starts_with(';')) return {};
    if (text.starts_with('[') && words.size() == 1 && words[0].ends_with(']') &&
        words[0].find('[', 1) == std::string::npos) {
      section_ = words[0].substr(1, words[0].size() - 2);
      return {};
    }
    if (section_.ends_with(":children")) return {};
    if (section_.ends_with(":vars")) return group_variable(text);
    return host(words);
  }

  Result<std::vector<Target>> finish() const {
    std::vector<Target> out;
    for (const auto& [name, variables] : hosts_) HALLIGAN_CHECK(add(out, name, variables));
    return out;
  }

 private:
  // One that decides where a host is would have to be evaluated in the order of the groups.
  static Result<> group_variable(std::string_view text) {
    std::string_view rest = trim_start(text);
    std::string_view name = rest.substr(0, rest.find_first_of("= \t"));
    Variables ours;
    HALLIGAN_CHECK(take(ours, name, "x"));
    if (ours.host.empty() && ours.port.empty() && ours.connection.empty()) return {};
    return fail(Code::kUnsupported, "a group sets " + std::string(name), kEvaluate);
  }

  Result<> host(const std::vector<std::string>& words) {
    std::string pattern = words[0];
    Variables variables;
    // "web1:2222", but not an address of IPv6, nor the colon of a range.
    const std::size_t colon = pattern.rfind(':');
    if (colon != std::string::npos && pattern.find(']', colon) == std::string::npos &&
        (std::ranges::count(pattern, ':') == 1 || pattern[colon - 1] == ']')) {
      variables.port = pattern.substr(colon + 1);
      if (variables.port.empty())
        return fail(Code::kUnsupported, "not an inventory in INI format", kEvaluate);
      pattern.resize(colon);
    }
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::size_t equals = words[i].find('=');
      if (equals == std::string::npos)
        return fail(Code::kBadInput, "expected NAME=VALUE, not " + printable(words[i]));
      HALLIGAN_CHECK(take(variables, words[i].substr(0, equals), words[i].substr(equals + 1)));
    }
    HALLIGAN_TRY(const auto names, expand(pattern));
    for (const std::string& name : names) {
      const auto [known, fresh] = places_.try_emplace(name, hosts_.size());
      if (hosts_.size() == kMostHosts) return fail(Code::kBadInput, "more than 100,000 hosts");
      if (fresh) hosts_.emplace_back(name, Variables{});
      Variables& into = hosts_[known->second].second;
      if (!variables.host.empty()) into.host = variables.host;
      if (!variables.port.empty()) into.port = variables.port;
      if (!variables.connection.empty()) into.connection = variables.connection;
    }
    return {};
  }

  std::string section_;
  std::vector<std::pair<std::string, Variables>> hosts_;
  std::map<std::string, std::size_t> places_;
};

}  // namespace

Result<std::vector<Target>> parse_inventory(std::string_view text) {
  if (trim_start(text).starts_with('{')) return parse_json(text);
  Ini ini;
  for (std::size_t number = 1; !text.empty(); ++number)
    HALLIGAN_CHECK(ini.line(next_line(text)).in("line " + std::to_string(number)));
  return ini.finish();
}

}  // namespace halligan::prove
