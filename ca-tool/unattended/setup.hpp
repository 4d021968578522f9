// Permitting an unlocked key on hosts, no further than it needs: one restricted line of authorized_keys for
// each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ssh/key.hpp"
#include "unattended/command.hpp"

namespace halligan::unattended {

struct Restriction {
  std::string from;     ///< patterns of addresses, separated by commas
  std::string command;  ///< the only one that the key may run; empty: any
};

/// A key that jobs use, and what its lines are to be known by: "ssh:backup", "card 0006 01234567".
struct JobKey {
  ssh::PublicKey key;
  std::string name;
  bool held = false;  ///< as AddedKey::held: hosts may insist on the PIN
};

/// restrict,from="…",command="…",no-touch-required KEY COMMENT, without a newline; a card's key has no word
/// about touches, one whose PIN is held has verify-required as well.
/// @errors kBadInput (control characters, or characters in `from` that no pattern has)
Result<std::string> authorized_line(const JobKey& key, const Restriction& restriction);

/// The client's address in the host's SSH_CONNECTION: "192.0.2.7 50000 192.0.2.1 22". @errors kBadInput
Result<std::string> client_address(std::string_view connection);

enum class Permitted { kNot, kAlready, kOtherwise };

/// Does this file permit the key, by exactly this line or by another one?
Permitted permitted_by(std::string_view authorized_keys, const ssh::PublicKey& key, std::string_view line);

}  // namespace halligan::unattended
