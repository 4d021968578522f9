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
constexpr std::string_view kHostCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%";

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

Result<ca::HostAsked> parse_host(const std::string& text) {
  std::string name = text;
  std::optional<std::string> port;
  const std::size_t colon = text.rfind(':');
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string::npos || (close + 1 != text.size() && text[close + 1] != ':')) {
      return fail(Code::kUsage, "--host: expected HOST, HOST:PORT or [ADDRESS]:PORT, not " + printable(text));
    }
    name = text.substr(1, close - 1);
    if (close + 1 != text.size()) port = text.substr(close + 2);
  } else if (colon != std::string::npos && text.find(':') == colon) {
    name = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  ca::HostAsked out;
  if (port) {
    if (port->empty()) port = "0";
    out.port = whole_number<std::uint16_t>(*port).value_or(0);
    if (out.port == 0) return fail(Code::kUsage, "--host: expected a port, not " + printable(*port));
  }
  if (name.empty() || name.size() > 255 || name.front() == '-' ||
      name.find_first_not_of(kHostCharacters) != std::string::npos) {
    return fail(Code::kUsage, "--host: expected the name of a host, not " + printable(name));
  }
  // As ssh does before it compares the name with a certificate's.
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  out.name = std::move(name);
  return out;
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
