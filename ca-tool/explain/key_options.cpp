#include "explain/key_options.hpp"

#include <algorithm>
#include <iterator>

namespace halligan::explain {

KeyOptions parse_key_options(std::string_view text) {
  KeyOptions out;
  std::string each;
  std::size_t begin = 0;
  bool quoted = false;
  const auto end = [&](std::size_t at) {
    const std::size_t equals = each.find('=');
    std::string name = each.substr(0, equals);
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    static constexpr std::string_view kFlags[] = {"cert-authority",
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
    static constexpr std::string_view kValues[] = {"command",    "from",         "principals",  "expiry-time",
                                                   "permitopen", "permitlisten", "environment", "tunnel"};
    const bool known = equals == std::string::npos ? std::ranges::find(kFlags, name) != std::end(kFlags)
                                                   : std::ranges::find(kValues, name) != std::end(kValues);
    out.bad = out.bad || !known;
    if (known) out.written.emplace_back(name, text.substr(begin, at - begin));
    out.values.emplace(name, equals == std::string::npos ? "" : each.substr(equals + 1));
    each.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && text.substr(i + 1, 1) == "\"") {
      each += text[++i];
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == ',' && !quoted) {
      end(i);
      begin = i + 1;
    } else {
      each += text[i];
    }
  }
  if (!each.empty()) end(text.size());
  out.bad = out.bad || quoted;
  return out;
}

}  // namespace halligan::explain
