// Who we are, for records and for the names of files.
#pragma once

#include <optional>
#include <string>

namespace halligan::io {

/// The account of our real user ID, as the system's database names it; what the environment says counts for
/// nothing. Not safe for a terminal. @return nothing where the ID has no account
std::optional<std::string> account_name();

/// account_name(), or the number of the user ID.
std::string user_name();

/// What `uname -n` prints; "unknown" for a machine without a name. Not safe for a terminal.
std::string machine_name();

}  // namespace halligan::io
