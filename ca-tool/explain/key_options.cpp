#include "explain/key_options.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"

namespace halligan::explain {
namespace {

constexpr std::array<std::string_view, 16> kFlags{"cert-authority",
                                                  "restrict",
                                                  "agent-forwarding",
                                                  "no-agent-forwarding",
                                                  "port-forwarding",
                                                  "no-pty",
                                                  "pty",
                                                  "no-port-forwarding",
                                                  "x11-forwarding",
                                                  "no-user-rc",
                                                  "user-rc",
                                                  "no-x11-forwarding",
                                                  "no-touch-required",
                                                  "touch-required",
                                                  "verify-required",
                                                  "no-verify-required"};
constexpr std::array<std::string_view, 8> kValues{"command",    "from",         "principals",  "expiry-time",
                                                  "permitopen", "permitlisten", "environment", "tunnel"};
constexpr std::array<std::string_view, 3> kOnce{"command", "from", "principals"};

template <std::size_t N>
bool is_one(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// Up to the next comma that is not between quotes. A quote behind a backslash does not count.
std::string_view next_option(std::string_view& text) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < text.size() && (quoted || text[at] != ','); ++at) {
    if (text[at] == '\\' && text.substr(at + 1, 1) == "\"") {
      ++at;
    } else if (text[at] == '"') {
      quoted = !quoted;
    }
  }
  const std::string_view option = text.substr(0, at);
  text.remove_prefix(at);
  return option;
}

// @return nothing unless all of it is between one pair of quotes
std::optional<std::string> dequoted(std::string_view value) {
  if (!value.starts_with('"')) return std::nullopt;
  std::string out;
  for (std::size_t at = 1; at < value.size(); ++at) {
    if (value[at] == '"') return at + 1 == value.size() ? std::optional(out) : std::nullopt;
    if (value[at] == '\\' && value.substr(at + 1, 1) == "\"") ++at;
    out += value[at];
  }
  return std::nullopt;
}

bool is_environment(std::string_view value) {
  const auto name = before(value, "=");
  return name && !name->empty() && std::ranges::all_of(*name, [](char c) {
           return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
         });
}

// Of those whose form sshd checks.
bool is_well_formed(std::string_view name, std::string_view value) {
  if (name == "environment") return is_environment(value);
  if (name == "tunnel") return value == "any" || whole_number<std::uint32_t>(value);
  return true;
}

}  // namespace

KeyOptions parse_key_options(std::string_view text) {
  KeyOptions out;
  while (!text.empty()) {
    const std::string_view option = next_option(text);
    text.remove_prefix(std::min<std::size_t>(1, text.size()));
    if (option.empty()) continue;
    const std::size_t equals = option.find('=');
    std::string name(option.substr(0, equals));
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    const bool known = equals == std::string_view::npos ? is_one(kFlags, name) : is_one(kValues, name);
    const auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                        : dequoted(option.substr(equals + 1));
    const bool again = is_one(kOnce, name) && out.values.contains(name);
    out.bad = out.bad || !known || !value || again || !is_well_formed(name, *value);
    if (known) out.written.emplace_back(name, option);
    out.values.emplace(std::move(name), value.value_or(""));
  }
  return out;
}

}  // namespace halligan::explain
