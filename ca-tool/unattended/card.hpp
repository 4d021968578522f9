// An OpenPGP card instead of a FIDO2 token: the same commands. While its PIN is verified the card signs,
// until it loses power.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "unattended/card_agent.hpp"
#include "unattended/check.hpp"
#include "unattended/command.hpp"
#include "unattended/unlock.hpp"

namespace halligan::unattended {

/// Is an OpenPGP card meant, by --card or UnattendedCard of halligan(5)?
/// @return the names that it may have, see is_meant(); nothing: a token is
/// @errors as ca::Configuration::load() · kUsage (an option of ssh-agent alone)
Result<std::optional<std::vector<std::string>>> meant_card(const KeyOptions& keys);

/// The card, if it is one that is meant, see is_meant(). @errors as CardAgent::look() · kNotFound (another)
Result<Card> find_card(const CardAgent& agent, const std::vector<std::string>& names);

/// As check().
Check check_card(const std::vector<std::string>& names);

/// The PIN is asked for once, and sent once, to a card that is locked.
/// @errors as CardAgent · kUsage (an option of tokens alone) · kNeedsPerson (few tries left, no or a wrong
/// PIN)
Result<Unlocked> unlock_card(const UnlockOptions& options, const std::vector<std::string>& names);

/// @return the card, if it was unlocked @errors as CardAgent
Result<std::optional<Card>> lock_card(const CardAgent& agent, const std::vector<std::string>& names);

}  // namespace halligan::unattended
