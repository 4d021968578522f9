// Errors are values: a code, what went wrong with its context in front, and one next action.
#pragma once

#include <string>
#include <string_view>

namespace halligan {

/// What kind of failure it was. The last four are refinements that OpenSSH's sk-api has its own numbers for.
enum class Code {
  kNo,           ///< the answer is no: revoked, drift, locked, not valid
  kUsage,        ///< the command line is wrong
  kBadInput,     ///< a file or value is malformed or breaks a rule
  kUnreachable,  ///< token, host or disk not reachable
  kNeedsPerson,  ///< a PIN or a touch is needed and did not come
  kInternal,     ///< our bug
  kUnsupported,  ///< the token cannot do this (kind: bad input)
  kPinRequired,  ///< the token requires a PIN, or another one (kind: needs a person)
  kNotFound,     ///< no token, or none that holds this key (kind: unreachable)
  kExists,       ///< it is there already and would be overwritten (kind: bad input)
};

struct [[nodiscard]] Error {
  Code code = Code::kInternal;
  std::string
      message;       ///< lower case, no full stop, contexts in front: "read KRL: section 2: 3 trailing bytes"
  std::string hint;  ///< one next action, or empty

  /// Put a context in front of the message.
  Error in(std::string_view context) &&;
};

/// `strerror` as an error: "<what>: No such file or directory".
Error errno_error(Code code, std::string_view what, int error_number);

}  // namespace halligan
