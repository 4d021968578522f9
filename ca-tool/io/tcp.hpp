// Does anybody listen at an address? For the error when a program that we run does not say.
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

}  // namespace halligan::io
