// What runs on a host: shell scripts for any POSIX sh, made from constant parts and a plan.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "trust/plan.hpp"

namespace halligan::trust {

/// Reads, and changes nothing; parse_facts() reads what it prints.
std::string probe_script(const Wanted& wanted);
/// The same for one who only asks. @param from empty: the address of the session; @param key base64 of a key
/// whose lines in authorized_keys are shown; may be empty
std::string probe_script(const std::vector<std::string>& accounts, std::string_view from,
                         std::string_view key);

/// Applies the plan, and takes it back unless it reads the line "keep" within the deadline.
/// @param transaction letters, digits and hyphens
/// @param deadline seconds
std::string apply_script(const Facts& facts, const Plan& plan, std::string_view transaction,
                         std::uint32_t deadline);

/// The same plan for other tools, for hosts that nobody has asked.
std::string cloud_init_snippet(const Wanted& wanted);
std::string nixos_snippet(const Wanted& wanted);

// The constant parts; made from the files of these names.
extern const std::string_view kProbe;
extern const std::string_view kUndo;
extern const std::string_view kApply;

}  // namespace halligan::trust
