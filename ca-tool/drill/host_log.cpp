#include "drill/host_log.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "io/process.hpp"
#include "trust/host.hpp"

namespace halligan::drill {
namespace {

constexpr std::size_t kLargestAnswer = 1 << 20;  // bytes
constexpr std::uint32_t kLongestPatience = 10;   // seconds that the host waits for the line
constexpr std::string_view kNoLog = "no-log";

bool is_of(std::string_view fingerprint, const ssh::PublicKey& key) {
  return fingerprint == crypto::fingerprint(key) || fingerprint == crypto::md5_fingerprint(key);
}

bool is_about(const ledger::CertificateLogin& logged, const ssh::CertificateBody& body,
              const LoggedLogin& login) {
  const bool same_end =
      !login.peer || (logged.address == login.peer->address && logged.port == login.peer->port);
  return !logged.partial && same_end && logged.serial == body.serial && logged.key_id == body.key_id &&
         logged.account == login.account && is_of(logged.authority, body.ca) &&
         (logged.key.empty() || is_of(logged.key, body.subject));
}

// "web1" for "root@web1": the ordinary login has its own account.
std::string without_account(const std::string& host) {
  constexpr std::string_view kUri = "ssh://";
  const std::size_t start = host.starts_with(kUri) ? kUri.size() : 0;
  const std::size_t at = host.rfind('@');
  return at == std::string::npos ? host : host.substr(0, start) + host.substr(at + 1);
}

io::Command ask_host(const RunOptions& options, const std::string& target, const std::string& script) {
  trust::Host there{.name = without_account(target), .ssh_arguments = {}, .sudo = options.log_sudo};
  auto& arguments = there.ssh_arguments;
  // A log of somebody in between would be worth nothing.
  arguments = {"-o", "StrictHostKeyChecking=yes"};
  if (const auto& configured = options.selection.configured; configured && configured->known_hosts)
    arguments.insert(arguments.end(), {"-o", "GlobalKnownHostsFile=/etc/ssh/ssh_known_hosts \"" +
                                                 configured->known_hosts->value + '"'});
  if (!options.log_login.empty()) arguments.insert(arguments.end(), {"-l", options.log_login});
  arguments.insert(arguments.end(), options.rest.begin(), options.rest.end());
  return {.argv = there.shell(), .in = as_bytes(script)};
}

}  // namespace

io::Variables drill_variables(const Drill& drill, const DrilledHost& host) {
  return {{"HALLIGAN_DRILL_HOST", host.host},
          {"HALLIGAN_DRILL_SERIAL", std::to_string(drill.serial)},
          {"HALLIGAN_DRILL_KEY_ID", drill.key_id},
          {"HALLIGAN_DRILL_CA", drill.ca},
          {"HALLIGAN_DRILL_BEGAN", std::to_string(drill.began / 1000)}};
}

FoundLine find_login(std::string_view log, const ssh::Certificate& certificate, const LoggedLogin& login,
                     std::uint64_t now) {
  FoundLine found{.why = "its log has no line about this login"};
  const std::string serial = fmt::format("(serial {})", certificate.body.serial);
  while (!log.empty()) {
    const std::string_view record = ledger::next_record(log);
    const ledger::ReadLine read = ledger::read_log_line(record, now);
    std::string unreadable = read.unreadable;
    if (read.line && read.line->writer == ledger::Writer::kSshd) {
      const auto logged = ledger::parse_certificate_login(read.line->message);
      if (logged && *logged && is_about(**logged, certificate.body, login)) {
        // As it is in the log: sshd escapes what is not plain.
        std::string line = one_line(read.line->message);
        if (line.size() <= kLongestText) return {.line = std::move(line)};
        unreadable = "it is too long";
      }
      if (!logged) unreadable = logged.error().message;
    }
    if (!unreadable.empty() && record.find(serial) != std::string_view::npos)
      found.why = "its log has a line that cannot be read: " + printable(unreadable);
  }
  return found;
}

FoundLine fetch_line(const RunOptions& options, const Drill& drill, std::size_t number,
                     const ssh::Certificate& certificate, const LoggedLogin& login, int stop) {
  // The port goes into a script: digits alone.
  const auto port = login.peer ? whole_number<std::uint16_t>(login.peer->port) : std::nullopt;
  const std::string script =
      fmt::format("serial={}\nport={}\npatience={}\n{}", drill.serial, port ? std::to_string(*port) : "",
                  std::min(kLongestPatience, options.timeout / 2), kLogScript);
  io::Command command = options.log_command.empty() ? ask_host(options, options.targets[number], script)
                                                    : io::Command{.argv = {"sh", "-c", options.log_command}};
  command.out = io::Captured{kLargestAnswer};
  command.err = io::Relayed{};
  command.timeout = std::chrono::seconds(options.timeout);
  command.variables = drill_variables(drill, drill.hosts[number]);
  command.stop = stop;
  const auto done = io::run(command);
  if (!done) return {.why = "its log could not be read: " + done.error().message};
  std::string_view log = done->out;
  const bool no_log = options.log_command.empty() && log.starts_with(kNoLog);
  if (no_log) next_line(log);
  FoundLine found = find_login(log, certificate, login, io::unix_seconds());
  if (!found.line.empty()) return found;
  if (done->exit_code != 0)
    found.why = fmt::format("its log could not be read: {} ended with status {}",
                            options.log_command.empty() ? "ssh" : "the command", done->exit_code);
  else if (no_log)
    found.why = "that login may not read the host's log: --log-sudo, or the group adm";
  return found;
}

}  // namespace halligan::drill
