// A refusal in the log of sshd: which rule it was.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace halligan::explain {

struct Reason {
  std::string_view rule;     ///< name of the Step that says it
  std::string_view keyword;  ///< of sshd_config, in lower case; empty: none decides it
  std::string_view means;
  std::string_view mend;
};

/// By what sshd itself wrote: names and texts of strangers in the message do not count.
/// @return nullptr: not a refusal
const Reason* reason_in(std::string_view message);

}  // namespace halligan::explain
