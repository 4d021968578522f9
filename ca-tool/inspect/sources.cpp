#include "inspect/sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "io/process.hpp"
#include "io/tcp.hpp"
#include "io/unix_socket.hpp"
#include "ssh/agent.hpp"

namespace halligan::inspect {
namespace {

constexpr std::chrono::seconds kAgentWait{10};
constexpr int kScanSeconds = 5;  // ssh-keyscan's own limit for each connection
// It connects once for each kind of key, all at the same time; names may take long to resolve.
constexpr std::chrono::seconds kScanWait{20};

Result<std::vector<ssh::AgentEntry>> agent_entries(const std::string& socket_path) {
  if (socket_path.empty()) {
    return fail(Code::kUnreachable, "no agent: SSH_AUTH_SOCK is not set", "start one: eval $(ssh-agent)");
  }
  HALLIGAN_TRY(auto agent, io::UnixSocket::connect(socket_path, io::Peer::kAnybody));
  HALLIGAN_TRY(const Bytes answer,
               agent.ask(ssh::agent_frame(ssh::agent_list_request()), ssh::kMaxAgentMessage, kAgentWait));
  HALLIGAN_TRY(auto entries, ssh::parse_agent_entries(answer));
  if (entries.empty()) return fail(Code::kNo, "the agent holds no keys");
  return entries;
}

std::string server_name(const ca::HostAsked& host) {
  const bool bare_v6 = host.name.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", bare_v6 ? "[" : "", host.name, bare_v6 ? "]" : "", host.port);
}

// Lines "[HOST ]TYPE BASE64": the blobs, as "TYPE BASE64".
std::vector<std::string> key_lines(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line.empty() || line[0] == '#') continue;
    const std::size_t last = line.rfind(' ');
    const std::size_t first = last == std::string_view::npos || last == 0 ? last : line.rfind(' ', last - 1);
    out.emplace_back(first == std::string_view::npos ? line : line.substr(first + 1));
  }
  return out;
}

Result<std::vector<std::string>> scan(const ca::HostAsked& host, bool certificates) {
  io::Command command;
  command.argv = {"ssh-keyscan", "-T", std::to_string(kScanSeconds), "-p", std::to_string(host.port)};
  if (certificates) command.argv.emplace_back("-c");
  command.argv.insert(command.argv.end(), {"--", host.name});
  command.err = io::Null{};
  command.timeout = kScanWait;
  HALLIGAN_TRY(const auto done, io::run(command));
  auto lines = key_lines(done.out);
  if (lines.empty() && !certificates) {
    return fail(Code::kUnreachable, fmt::format("{} does not answer as an SSH server within {} s",
                                                server_name(host), kScanSeconds));
  }
  return lines;
}

}  // namespace

Result<> inspect_agent(const Inspector& inspector, InspectReport& report) {
  const std::string path = io::agent_socket();
  ui::Origin origin(path);
  origin.place = ui::Place::kAgent;
  const auto entries = agent_entries(path);
  if (!entries) return report.fault(origin, entries.error());
  crypto::Verifier verifier;
  for (const auto& entry : *entries) {
    origin.comment = entry.comment;
    HALLIGAN_CHECK(report.add(origin, inspector.blob(entry.blob, origin, verifier)));
  }
  return {};
}

Result<> inspect_host(const ca::HostAsked& host, const Inspector& inspector, InspectReport& report) {
  const std::string server = server_name(host);
  ui::Origin origin(server);
  origin.place = ui::Place::kServer;
  Inspector asking = inspector;
  asking.host = &host;
  crypto::Verifier verifier;
  // ssh-keyscan says nothing when nobody is there.
  auto reached = io::probe_tcp(host.name, host.port, std::chrono::seconds(kScanSeconds));
  if (!reached) return report.fault(origin, std::move(reached).error());
  std::size_t shown_certificates = 0;
  for (const bool certificates : {false, true}) {
    const auto lines = scan(host, certificates);
    if (!lines) return report.fault(origin, lines.error());
    for (const std::string& line : *lines) {
      HALLIGAN_CHECK(report.add(origin, asking.line(line, origin, verifier)));
    }
    if (certificates) shown_certificates = lines->size();
  }
  if (shown_certificates != 0 || inspector.measure.authorities.empty()) return {};
  return report.fault(origin, {Code::kNo, server + " has no host certificate", {}});
}

}  // namespace halligan::inspect
