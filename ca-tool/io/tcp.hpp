// Does anybody listen at an address, and is it an SSH server?
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace halligan::io {

/// Connect to one of the host's addresses and close the connection.
/// @param timeout for each address; resolving the name takes its own time
/// @errors kNotFound (no such name) · kUnreachable (refused, no route, no answer)
Result<> probe_tcp(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout);

/// Connect, read the line with which an SSH server begins, and close.
/// @param timeout for all of it; resolving the name takes its own time. It says what it waits for after a
/// second.
/// @return the line, such as "SSH-2.0-OpenSSH_9.2"
/// @errors as probe_tcp() · kUnreachable (no SSH server)
Result<std::string> read_ssh_banner(const std::string& host, std::uint16_t port,
                                    std::chrono::milliseconds timeout);

}  // namespace halligan::io
