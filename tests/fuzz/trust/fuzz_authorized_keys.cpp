// Lines of authorized_keys and of a principals file, as a host shows them. The first byte says which. Whoever
// is let in is let in by a line that has the key.
#include <algorithm>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "explain/key_options.hpp"
#include "ssh/text_line.hpp"
#include "trust/example.hpp"
#include "trust/host_lines.hpp"

using namespace halligan;
using namespace halligan::example;

namespace {

constexpr std::string_view kPath = "/srv/ann/.ssh/authorized_keys";

trust::Facts host_with(std::string_view effective, std::string_view more) {
  const std::string text =
      "halligan-trust-facts 1\nset uid 0\nset host web1\nset time 1795762957\nset from 192.0.2.1\n"
      "set config /etc/ssh/sshd_config\nset version OpenSSH_9.2p1\nset checked 0\n"
      "stat 644 0 0 0 1 1:1\nreal /etc/ssh/sshd_config\n" +
      block("file /etc/ssh/sshd_config", "UsePAM no\n") +
      "set account ann 1000 yes ann,wheel\nset home ann /srv/ann\nset shell ann /bin/sh\nset shadow ann ok\n"
      "set aging ann 19000 99999 - -\nfolder 755 1000 /srv/ann\nfolder 700 1000 /srv/ann/.ssh\n" +
      block("effective ann", std::string(kEffective) + std::string(effective)) + std::string(more) + "end\n";
  auto facts = trust::parse_facts(text);
  demand(facts.has_value());
  return *std::move(facts);
}

// As the probe shows it: each line with its number.
std::string numbered(std::string_view text) {
  std::string out = "600 1000 " + std::string(kPath) + "\n";
  for (std::size_t number = 1; !text.empty(); ++number)
    out += std::to_string(number) + ":" + std::string(next_line(text)) + "\n";
  return out;
}

// @return the line that let them in; nothing if none did
std::optional<std::size_t> let_in(const trust::Facts& facts, const explain::Subject& subject,
                                  std::string_view step, std::string_view path) {
  const auto found = explain::explain(facts, subject, {"ann", "192.0.2.1", kNow});
  demand(found.has_value());
  check_explanation(*found);
  for (const auto& each : found->steps) {
    if (each.name != step || each.verdict != explain::Verdict::kYes) continue;
    demand(each.place.starts_with(std::string(path) + ":"));
    const auto line = whole_number<std::size_t>(std::string_view(each.place).substr(path.size() + 1));
    demand(line.has_value());
    return line;
  }
  demand(found->verdict == explain::Verdict::kNo);
  return std::nullopt;
}

std::string_view line_of(std::string_view text, std::size_t number) {
  std::string_view line;
  for (; number > 0; --number) line = trust::next_host_line(text);
  return line;
}

void check_lines(std::string_view text) {
  const auto facts = host_with("trustedusercakeys none\n", block("authorized ann", numbered(text)));
  const auto& body = certificate().body;
  for (const bool with_certificate : {true, false}) {
    const explain::Subject subject{body.subject,
                                   with_certificate ? std::optional(certificate()) : std::nullopt};
    const auto line = let_in(facts, subject, with_certificate ? "ca" : "key", kPath);
    if (!line) continue;
    const ssh::PublicKey& key = with_certificate ? body.ca : body.subject;
    const std::string_view entry = line_of(text, *line);
    const std::size_t at = ssh::find_key_in_line(entry);
    const auto parsed = ssh::parse_public_key_line(entry.substr(at));
    demand(parsed && parsed->key == key);
    demand((entry.substr(0, at).find_first_of("cC") != std::string_view::npos) || !with_certificate);
  }
}

void check_principals(std::string_view text) {
  const std::string ca = ssh::format_public_key_line(certificate().body.ca, "ca") + "\n";
  const auto facts =
      host_with("trustedusercakeys /etc/ssh/ca\nauthorizedprincipalsfile /etc/ssh/p\n",
                "set principals ann /etc/ssh/p\nstat 644 0 0 0 1 1:1\nreal /etc/ssh/p\n" +
                    block("file /etc/ssh/p", text) + "stat 644 0 0 0 1 1:1\nreal /etc/ssh/ca\n" +
                    block("file /etc/ssh/ca", ca));
  if (const auto line = let_in(facts, {certificate().body.subject, certificate()}, "ca", "/etc/ssh/p")) {
    const std::string_view entry = line_of(text, *line);
    const auto& listed = certificate().body.principals;
    demand(std::ranges::any_of(
        listed, [&](const std::string& each) { return entry.find(each) != std::string_view::npos; }));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = as_text({data + 1, size - 1});
  // Options alone: none has a name with what ends one.
  for (const auto& [name, value] : explain::parse_key_options(text).values)
    demand(name.find('=') == std::string::npos);
  data[0] % 2 == 0 ? check_lines(text) : check_principals(text);
  return 0;
}
