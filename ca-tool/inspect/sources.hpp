// Keys and certificates that lie in no file: those of a running agent, and those that a server shows.
#pragma once

#include <string>

#include "cli/inspect_item.hpp"
#include "cli/inspect_report.hpp"

namespace halligan::cli {

/// Everything that the agent of SSH_AUTH_SOCK lists, in its order. An empty agent is an error of kind kNo, as
/// it is for ssh-add -L. What is wrong is told in the report. @errors kUnreachable: stdout
Result<> inspect_agent(const Inspector& inspector, InspectReport& report);

/// "web1", "web1:2222", "[2001:db8::1]:22", "2001:db8::1". @errors kUsage
Result<HostAsked> parse_host(const std::string& text);

/// The host keys, then the host certificates, that ssh-keyscan gets from the server. Likewise.
Result<> inspect_host(const HostAsked& host, const Inspector& inspector, InspectReport& report);

}  // namespace halligan::cli
