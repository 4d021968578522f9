// Where what is inspected comes from: files of any kind, recognised by their contents; streams of lines; a
// running agent; a server. What is wrong with one goes into the report. The only error is kUnreachable:
// stdout.
#pragma once

#include <string>

#include "inspect/item.hpp"
#include "inspect/report.hpp"
#include "io/files.hpp"
#include "ssh/krl.hpp"

namespace halligan::inspect {

/// @param path "-" is standard input
Result<> inspect_file(const std::string& path, const Inspector& inspector, InspectReport& report);

/// Bytes of a line. The largest certificate that sshd takes has a third of it in base64.
constexpr std::size_t kMaxInspectLine = std::size_t{1024} * 1024;

/// Certificates and keys in lines, any number of them: read piece by piece, worked on by as many threads as
/// there are processors, reported in the order in which they came.
/// @param head what was read of the file already. @errors also: the file cannot be read on
Result<> inspect_stream(io::InputFile& input, ByteView head, const std::string& path,
                        const Inspector& inspector, InspectReport& report);

/// Printed piece by piece: it may have millions of entries. Long lists are shortened in text, complete in
/// JSON.
Result<> show_krl(const ssh::Krl& krl, const ui::Origin& origin, InspectReport& report);

/// Everything that the agent of SSH_AUTH_SOCK lists, in its order. An empty agent is an error of kind kNo, as
/// it is for ssh-add -L.
Result<> inspect_agent(const Inspector& inspector, InspectReport& report);

/// The host keys, then the host certificates, that ssh-keyscan gets from the server.
Result<> inspect_host(const ca::HostAsked& host, const Inspector& inspector, InspectReport& report);

}  // namespace halligan::inspect
