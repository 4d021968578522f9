// Is a key unlocked now? Without a prompt, a touch or a PIN try, and within seconds whatever hangs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ssh/key.hpp"
#include "token/admin/admin.hpp"
#include "unattended/command.hpp"

namespace halligan::unattended {

/// The exit status of checkpin, and of run if nothing is run.
enum class State {
  kUnlocked = 0,
  kLocked = 1,   ///< the agent holds none of the keys
  kNoToken = 2,  ///< none, one that does not answer, or one that does not hold the key
  kReplug = 3,   ///< the PIN is blocked until the token has been without power
  kBlocked = 4,  ///< the PIN is blocked for good
  kNoAgent = 5,  ///< none, another user's, one that does not answer or that lies
};

/// The exit status of a wrong command line: 2 is a state.
inline constexpr int kUsageStatus = 64;

/// "unlocked", "locked", "no-token", "pin-replug", "pin-blocked", "no-agent".
std::string_view state_word(State state);

struct CheckedKey {
  ssh::PublicKey key;
  std::optional<std::uint32_t> counter{};  ///< of the signature that proves it
  bool held = false;                       ///< as AddedKey::held
};

struct Check {
  State state = State::kNoAgent;
  Error why{};                                ///< unless unlocked: its message and hint
  std::string agent{};                        ///< its socket; empty without an agent
  std::vector<CheckedKey> keys{};             ///< that the agent holds
  std::optional<std::string> token{};         ///< the path of the token; only if it was looked at
  std::optional<std::uint64_t> pin_tries{};   ///< likewise
  std::optional<std::uint64_t> held_until{};  ///< Unix seconds; if a PIN is held
};

/// What the token says now: it is not waited for, and needs no PIN and no touch.
/// @errors as token::read_info(), within two seconds
Result<token::TokenInfo> look_at_token(const ca::TokenOptions& options);

/// The agent signs a challenge with each of the keys. Only if it does not, or holds none, the token is looked
/// at (getInfo and the retry counter). Every signature counts: CheckedKey::counter accounts for it.
Check check(const ca::TokenOptions& token, const KeyOptions& keys);

}  // namespace halligan::unattended
