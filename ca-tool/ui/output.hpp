// stdout is the answer, stderr the talk.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace halligan::cli {

/// Write to stdout, all of it. @errors kUnreachable: closed or full
Result<> print(std::string_view text);

/// Write to stderr, as it is.
void tell(std::string_view text);

/// "halligan: <message>" and the hint on stderr.
void complain(const Error& error);

/// The error with another next action, if it is that something exists: only the command knows which option
/// helps.
Error hint_if_exists(Error error, std::string_view hint);

}  // namespace halligan::cli
