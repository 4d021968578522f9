#include "handoff/known_hosts.hpp"

#include "base/codec.hpp"
#include "base/text.hpp"
#include "ca/judgement.hpp"
#include "io/process.hpp"

namespace halligan::handoff {
namespace {

// "# Host web1 found: line 3 ", then nothing, CA or REVOKED.
bool names_a_key(std::string_view found) {
  while (!found.empty()) {
    const std::string_view line = next_line(found);
    if (line.starts_with("# Host ") && !line.ends_with(" REVOKED")) return true;
  }
  return false;
}

}  // namespace

Result<> check_known_hosts(std::string_view text, const std::string& file,
                           const std::vector<std::string>& hosts) {
  for (const std::string& host : hosts) {
    // By its contents, not its name: the file may have been replaced since it was read.
    HALLIGAN_TRY(const auto asked,
                 io::run({.argv = {"ssh-keygen", "-F", host, "-f", "/dev/stdin"}, .in = as_bytes(text)}));
    if (asked.exit_code == 0 && names_a_key(asked.out)) continue;
    HALLIGAN_TRY(const auto named, ca::parse_host(host).in("--host"));
    const std::string port = host == named.name ? "" : "-p " + std::to_string(named.port) + " ";
    return fail(Code::kBadInput, printable(file) + " has no key for " + host,
                "add it: ssh-keyscan " + port + named.name + " >>" + shell_word(file) +
                    ", and compare its fingerprint");
  }
  return {};
}

}  // namespace halligan::handoff
