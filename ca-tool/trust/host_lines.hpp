// Lines of a host's files of CAs, principals and keys, as sshd reads them.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "ssh/key.hpp"

namespace halligan::trust {

/// Take the first line off `text`: without its newline, what follows a NUL, and blanks in front:
/// to sshd lines are strings of C (measured, 9.2 and 10.6).
std::string_view next_host_line(std::string_view& text);

/// The key on a line of a file of CAs. @errors kBadInput: sshd stops reading there, unless it is a
/// certificate
Result<ssh::PublicKey> authority_on(std::string_view line);

struct PrincipalLine {
  std::string_view options;  ///< empty: none
  std::string_view name;
};
/// Of a file of principals. @return nothing for a comment
std::optional<PrincipalLine> principal_on(std::string_view line);

}  // namespace halligan::trust
