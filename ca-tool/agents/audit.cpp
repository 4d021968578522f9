#include "agents/audit.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "explain/key_options.hpp"
#include "ssh/text_line.hpp"
#include "trust/host_lines.hpp"

namespace halligan::agents {
namespace {

struct Words {
  Excess excess;
  std::string_view code;
  std::string_view words;
};

constexpr std::array<Words, 9> kWords{{
    {Excess::kUnrestricted, "no-restrict", "no restrict: forwarding, a terminal and ~/.ssh/rc are permitted"},
    {Excess::kAgentForwarding, "agent-forwarding", "an agent may be forwarded to the host"},
    {Excess::kForwarding, "forwarding", "ports, X11, a terminal or ~/.ssh/rc are permitted"},
    {Excess::kFromAnywhere, "from-anywhere", "no from: the key works from every address"},
    {Excess::kAnyCommand, "any-command", "no command: the key runs everything"},
    {Excess::kTouchRequired, "touch-required", "no no-touch-required: a job has nobody to touch the token"},
    {Excess::kPinRequired, "pin-required", "verify-required: a job has nobody to type the PIN"},
    {Excess::kCopyable, "copyable", "the key is not on a token: whoever reads its file has it"},
    {Excess::kIgnored, "ignored", "sshd ignores the line: an option is unknown or malformed"},
}};

const Words& entry(Excess excess) { return *std::ranges::find(kWords, excess, &Words::excess); }

// What `restrict` takes away, and what gives it back after it.
constexpr std::array<std::string_view, 5> kGiven{"agent-forwarding", "port-forwarding", "pty", "user-rc",
                                                 "x11-forwarding"};

bool takes(std::string_view name) {
  return name.starts_with("no-") && std::ranges::find(kGiven, name.substr(3)) != kGiven.end();
}

bool everybody(std::string_view from) {
  while (!from.empty()) {
    const std::size_t comma = from.find(',');
    const std::string_view each = from.substr(0, comma);
    if (each == "*" || each.ends_with("/0")) return true;
    from.remove_prefix(comma == std::string_view::npos ? from.size() : comma + 1);
  }
  return false;
}

struct Look {
  std::vector<Excess> found{};
  std::string options{};  // mended
};

Look look_at(const ssh::PublicKey& key, const explain::KeyOptions& options, const Purpose& purpose) {
  const auto has = [&](std::string_view name) { return options.values.contains(std::string(name)); };
  Look out;
  const auto add = [&out](bool is, Excess excess) {
    if (is) out.found.push_back(excess);
  };
  const bool restricted = has("restrict");
  const bool agent = has("agent-forwarding") || (!restricted && !has("no-agent-forwarding"));
  const auto from = options.values.find("from");
  const bool anywhere = from == options.values.end() || everybody(from->second);
  add(options.bad, Excess::kIgnored);
  add(!restricted, Excess::kUnrestricted);
  add(agent, Excess::kAgentForwarding);
  add(restricted &&
          std::ranges::any_of(kGiven,
                              [&](std::string_view each) { return each != "agent-forwarding" && has(each); }),
      Excess::kForwarding);
  add(anywhere, Excess::kFromAnywhere);
  add(!has("command"), Excess::kAnyCommand);
  add(key.is_sk() && !has("no-touch-required"), Excess::kTouchRequired);
  add(key.is_sk() && has("verify-required"), Excess::kPinRequired);
  add(!key.is_sk(), Excess::kCopyable);

  out.options = "restrict,";
  if (anywhere) out.options += "from=\"" + purpose.from + "\",";
  if (!has("command")) out.options += "command=\"" + purpose.command + "\",";
  for (const auto& [name, text] : options.written) {
    const bool given = std::ranges::find(kGiven, name) != kGiven.end();
    const bool left_out = name == "restrict" || given || takes(name) || name == "verify-required" ||
                          name == "no-touch-required" || name == "touch-required" ||
                          (name == "from" && anywhere);
    if (!left_out) out.options += text + ",";
  }
  if (key.is_sk()) out.options += "no-touch-required,";
  out.options.pop_back();
  return out;
}

// In quotes of authorized_keys, sshd(8). @errors kBadInput
Result<std::string> in_quotes(const std::string& option, const std::string& text) {
  if (std::ranges::any_of(text, [](unsigned char each) { return each < 0x20 || each == 0x7f; }) ||
      text.ends_with('\\'))
    return fail(Code::kBadInput, option + ": a control character, or a backslash at the end");
  std::string out;
  for (const char each : text) out += each == '"' ? "\\\"" : std::string(1, each);
  return out;
}

}  // namespace

std::string_view code_of(Excess excess) { return entry(excess).code; }
std::string_view words_of(Excess excess) { return entry(excess).words; }

Result<std::vector<AuditedLine>> audit(std::string_view authorized_keys, const Purpose& purpose) {
  Purpose filled;
  HALLIGAN_TRY(filled.from,
               in_quotes("--from", purpose.from.empty() ? std::string(kAddressToFill) : purpose.from));
  HALLIGAN_TRY(filled.command, in_quotes("--command", purpose.command.empty() ? std::string(kCommandToFill)
                                                                              : purpose.command));
  std::vector<AuditedLine> lines;
  HALLIGAN_CHECK(ssh::each_line(authorized_keys, [&](std::string_view line, std::size_t number) -> Result<> {
    line = trust::next_host_line(line);
    const std::size_t at = ssh::find_key_in_line(line);
    auto parsed = ssh::parse_public_key_line(line.substr(at));
    if (!parsed) return {};  // sshd skips it, too
    std::string_view front = line.substr(0, at);
    while (front.ends_with(' ') || front.ends_with('\t')) front.remove_suffix(1);
    const explain::KeyOptions options = explain::parse_key_options(front);
    if (options.values.contains("cert-authority")) return {};
    Look look = look_at(parsed->key, options, filled);
    const bool mends = std::ranges::any_of(look.found, [](Excess each) { return each != Excess::kCopyable; });
    lines.push_back(
        {.number = number,
         .key = parsed->key,
         .comment = std::string(parsed->comment),
         .found = std::move(look.found),
         .mended = mends ? look.options + " " + std::string(line.substr(at)) : std::string(line)});
    return {};
  }));
  return lines;
}

}  // namespace halligan::agents
