// Handles of resident keys, from the token into the agent: the PIN is asked for once and kept nowhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fido/request.hpp"
#include "token/admin/admin.hpp"
#include "unattended/command.hpp"
#include "unattended/user_agent.hpp"

namespace halligan::unattended {

/// So few that a wrong PIN is too dangerous without --force.
inline constexpr std::uint64_t kFewTries = 2;
inline constexpr std::chrono::seconds kSystemdWait{90};  ///< systemd's own default

struct UnlockedKey {
  ssh::PublicKey key;
  std::optional<std::uint32_t> counter{};  ///< of the signature by which it was tried; a card has none
};

struct Unlocked {
  std::string token;  ///< its name
  std::string path;   ///< of a card, its serial number
  std::string agent;  ///< its socket
  std::vector<UnlockedKey> keys;
  std::optional<std::uint64_t> held_until{};  ///< Unix seconds; if the PIN is held
  bool hidden = false;                        ///< then: in memory that not even root can read
};

/// The library that an agent is to load: the named one, else that of SSH_SK_PROVIDER, else the one that was
/// installed with this program. @errors as ca::provider_library()
Result<std::string> find_provider(const std::string& named);

/// May the PIN be asked for?
/// @param force although a wrong one would bring the token near its end
/// @errors kUnsupported (no PIN is set) · kNeedsPerson (blocked, to be changed, or few tries left)
Result<> check_pin_state(const token::TokenInfo& info, bool force);

/// Those of the resident keys that sign without a person and are meant. A CA's key is meant only by name: it
/// would sign certificates for anyone who reaches the agent.
/// @param cas applications of CAs; the default one, and a key that is bound to a policy, are a CA's anyway
/// @param hold  those that require the PIN for each signature, too
/// @param left_out gets a line for each that is not taken, though it is not excluded by a name
/// @errors kNotFound (nothing of that name, or none at all) · kUnsupported (a named one requires the PIN each
/// time)
Result<std::vector<ssh::SkHandle>> choose_keys(const std::vector<fido::ResidentKey>& resident,
                                               const std::vector<std::string>& names,
                                               const std::vector<std::string>& cas, bool hold,
                                               std::vector<std::string>& left_out);

/// All or nothing: each key is added and has signed once, or none of them is left in the agent.
/// Or an OpenPGP card: see unlock_card().
/// @errors as UserAgent, token::read_info(), check_pin_state(), choose_keys(), fido::list_resident()
Result<Unlocked> unlock(const UnlockOptions& options);

}  // namespace halligan::unattended
