// Lines of authorized_keys for keys that programs use: what each allows beyond its purpose.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ssh/key.hpp"

namespace halligan::agents {

/// What somebody who has the key could do with it that its job does not need, or why the job cannot use it.
enum class Excess {
  kUnrestricted,     ///< no `restrict`: forwarding, a terminal, ~/.ssh/rc
  kAgentForwarding,  ///< an agent may be forwarded by this line
  kForwarding,       ///< ports, X11, a terminal or user-rc are permitted after `restrict`
  kFromAnywhere,     ///< no `from`, or one that everybody matches
  kAnyCommand,       ///< no `command`
  kTouchRequired,    ///< a token's key without `no-touch-required`: nobody is there to touch it
  kPinRequired,      ///< `verify-required`: nobody is there to type a PIN
  kCopyable,         ///< the key is not a token's
  kIgnored,          ///< sshd takes none of the line, because of its options
};

/// "no-restrict", … for programs.
std::string_view code_of(Excess excess);
/// For people.
std::string_view words_of(Excess excess);

struct AuditedLine {
  std::size_t number = 0;  ///< from 1
  ssh::PublicKey key;
  std::string comment;
  std::vector<Excess> found;
  std::string mended;  ///< the whole line; equal to the old one if nothing was found that a line can mend
};

/// What a mended line gets where it has none. Without them it gets a word to be replaced, which matches no
/// address and runs nothing.
struct Purpose {
  std::string from;     ///< as for `from=`
  std::string command;  ///< as for `command=`
};

inline constexpr std::string_view kAddressToFill = "ADDRESS-OF-THE-JOBS";
inline constexpr std::string_view kCommandToFill = "COMMAND-OF-THE-JOB";

/// Each key of an authorized_keys file, in its order; lines for CAs are left out, as certificates say
/// themselves what they may do.
/// @errors kBadInput (--from or --command that no line can say)
Result<std::vector<AuditedLine>> audit(std::string_view authorized_keys, const Purpose& purpose);

}  // namespace halligan::agents
