// Keys and certificates that are not in a file: those of a running agent, and those that a server offers.
#pragma once

#include <string>

#include "inspect/item.hpp"
#include "inspect/report.hpp"

namespace halligan::inspect {

/// Everything that the agent of SSH_AUTH_SOCK lists, in its order. An empty agent is an error of kind kNo, as
/// it is for ssh-add -L. What is wrong goes into the report. @errors kUnreachable: stdout
Result<> inspect_agent(const Inspector& inspector, InspectReport& report);

/// "web1", "web1:2222", "[2001:db8::1]:22", "2001:db8::1". @errors kUsage
Result<ca::HostAsked> parse_host(const std::string& text);

/// The host keys, then the host certificates, that ssh-keyscan gets from the server. Likewise.
Result<> inspect_host(const ca::HostAsked& host, const Inspector& inspector, InspectReport& report);

}  // namespace halligan::inspect
