#include "drill/versions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "io/process.hpp"
#include "io/tcp.hpp"
#include "issue/delivery.hpp"
#include "issue/route.hpp"

namespace halligan::drill {
namespace {

constexpr std::size_t kLongestVersion = 255;       // RFC 4253, section 4.2
constexpr std::size_t kLargestGreeting = 1 << 16;  // bytes; it goes on with a key exchange

// "OpenSSH_9.2p1" of "SSH-2.0-OpenSSH_9.2p1".
std::string version_in(std::string_view line) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  before(line, "-");
  before(line, "-");
  return fitted(printable(line.substr(0, kLongestVersion)), kLongestText / 4);
}

Result<std::string> greeting_in(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line.starts_with("SSH-")) return std::string(line);
  }
  return fail(Code::kUnreachable, "no SSH server answers through its jump hosts");
}

// Through the last jump host, to which ssh finds its own way. The host is told that nobody follows.
Result<std::string> ask_through(const issue::Route& route, const issue::SshArguments& typed,
                                std::chrono::seconds timeout) {
  std::string jump = route.jump;
  std::vector<std::string> argv{"ssh", "-T", "-o", "BatchMode=yes", "-o", "ClearAllForwardings=no"};
  if (!typed.configuration.empty()) argv.insert(argv.end(), {"-F", typed.configuration});
  if (const std::size_t comma = jump.rfind(','); comma != std::string::npos) {
    argv.insert(argv.end(), {"-J", jump.substr(0, comma)});
    jump.erase(0, comma + 1);
  }
  if (!jump.starts_with("ssh://")) jump.insert(0, "ssh://");
  argv.insert(argv.end(),
              {"-W", fmt::format("[{}]:{}", route.target().host, route.target().port), "--", jump});
  constexpr std::string_view kGoodbye = "SSH-2.0-halligan\r\n";
  HALLIGAN_TRY(const io::Finished done, io::run({.argv = argv,
                                                 .in = as_bytes(kGoodbye),
                                                 .out = io::Captured{kLargestGreeting},
                                                 .err = io::Null{},
                                                 .timeout = timeout}));
  return greeting_in(done.out);
}

Result<std::string> ask(const issue::Route& route, const issue::SshArguments& typed,
                        std::chrono::seconds timeout) {
  if (!route.jump.empty()) return ask_through(route, typed, timeout);
  if (route.target().reached_by_command)
    return fail(Code::kUnreachable, "reached through a ProxyCommand, which is not run for this");
  return io::read_ssh_banner(route.target().host, route.target().port, timeout);
}

// The last drill in which it was tried.
void find_drill(AskedHost& asked, const issue::Hop& target, const std::vector<DrillLog>& logs) {
  const DrilledHost* last = nullptr;
  for (const DrillLog& log : logs) {
    for (const Drill& drill : log.drills) {
      for (const DrilledHost& each : drill.hosts) {
        const bool same = each.name == printable(target.host) && each.port == target.port;
        if (!same || each.outcome == Outcome::kNotReached || drill.ended() < asked.drilled) continue;
        asked.drilled = drill.ended();
        last = &each;
      }
    }
  }
  if (last == nullptr) return;
  asked.then = last->sshd;
  asked.state = last->outcome == Outcome::kOpened ? HostState::kSame : HostState::kFailed;
}

Result<AskedHost> ask_one(const std::string& host, const AskOptions& options,
                          const issue::SshArguments& typed, const std::vector<DrillLog>& logs) {
  HALLIGAN_CHECK(issue::check_host(host, "HOST"));
  std::vector<std::string> argv{"ssh"};
  argv.insert(argv.end(), typed.jumps.begin(), typed.jumps.end());
  argv.push_back(host);
  argv.insert(argv.end(), typed.words.begin(), typed.words.end());
  HALLIGAN_TRY(const issue::Route route, issue::find_route(argv, host));
  AskedHost asked{.host = printable(host), .state = HostState::kNever};
  find_drill(asked, route.target(), logs);
  const auto line = ask(route, typed, std::chrono::seconds(options.timeout));
  if (!line) {
    // That a drill is due does not depend on the answer.
    if (asked.state == HostState::kSame) asked.state = HostState::kUnreachable;
    asked.why = printable(line.error().message);
    return asked;
  }
  asked.now = version_in(*line);
  if (asked.state == HostState::kSame && major_version(asked.then) != major_version(asked.now))
    asked.state = HostState::kChanged;
  return asked;
}

}  // namespace

std::string_view major_version(std::string_view version) {
  version = version.substr(0, version.find(' '));
  const std::size_t digit = version.find_first_of("0123456789");
  if (digit == std::string_view::npos) return version;
  return version.substr(0, std::min(version.find_first_not_of("0123456789", digit), version.size()));
}

std::string_view host_state_word(HostState state) {
  constexpr std::array<std::string_view, 5> kWords{"same", "changed", "never", "failed", "unreachable"};
  return kWords[static_cast<std::size_t>(state)];
}

Result<std::vector<AskedHost>> ask_versions(const AskOptions& options, const std::vector<DrillLog>& logs) {
  const issue::SshArguments typed = issue::read_ssh_arguments(options.ssh_arguments);
  std::vector<AskedHost> asked;
  for (const std::string& host : options.hosts) {
    HALLIGAN_TRY(AskedHost one, ask_one(host, options, typed, logs));
    asked.push_back(std::move(one));
  }
  return asked;
}

void add_hosts(Status& status, const std::vector<AskedHost>& hosts) {
  for (const AskedHost& each : hosts) {
    if (!each.due()) continue;
    status.changes.push_back(each.host + ": " + host_words(each));
    if (status.good()) status.state = State::kChanged;
  }
}

std::string host_words(const AskedHost& host) {
  const auto version = [](const std::string& text) { return text.empty() ? "of an unknown version" : text; };
  switch (host.state) {
    case HostState::kSame:
      return fmt::format("same sshd, {}", version(host.now));
    case HostState::kChanged:
      return fmt::format("sshd was {}, and is {}", version(host.then), version(host.now));
    case HostState::kNever:
      return "no drill was there";
    case HostState::kFailed:
      return "the last drill did not open it";
    case HostState::kUnreachable:
      break;
  }
  return "unreachable: " + host.why;
}

ui::Json to_json(const AskedHost& host) {
  ui::Json json{{"host", host.host}, {"state", host_state_word(host.state)}};
  json["then"] = host.then;
  json["now"] = host.now;
  json["why"] = host.why;
  if (host.drilled != 0) ui::put_moment(json, "drilled", host.drilled);
  return json;
}

}  // namespace halligan::drill
