// What a terminal can be sent.
#pragma once

namespace halligan {

/// Is it a terminal that understands control sequences? Not where TERM is "dumb" or missing: a serial
/// console, a shell inside an editor. Read with secure_getenv.
bool takes_control_sequences(int fd);

}  // namespace halligan
