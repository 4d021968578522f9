// The checks of halligan doctor. Each looks at one thing, changes nothing, and asks for no PIN and no touch.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "doctor/command.hpp"

namespace halligan::doctor {

enum class Verdict {
  kFine,
  kWrong,    ///< in the way of an emergency
  kUnknown,  ///< cannot be known, or is not needed by all
};

/// What one check found. Texts of others are printable() already.
struct Finding {
  std::string_view name;  ///< "pin": one word, stable, for --json
  Verdict verdict = Verdict::kFine;
  std::string what;
  std::string mend{};  ///< a command for sh(1), or what to do by hand; empty if nothing is wrong
};

struct Check {
  std::string_view name;
  bool portable;  ///< of the group that --portable selects
  Finding (*run)(const DoctorOptions& options);
};

/// All of them, in the order in which they run: first what later ones stand on. A new check is one more line.
std::span<const Check> all_checks();

// program_checks.cpp
Finding check_program(const DoctorOptions& options);
Finding check_openssh(const DoctorOptions& options);
Finding check_provider(const DoctorOptions& options);
Finding check_handoff(const DoctorOptions& options);
Finding check_account(const DoctorOptions& options);
// agent_checks.cpp
Finding check_agent(const DoctorOptions& options);
Finding check_agent_provider(const DoctorOptions& options);
// token_checks.cpp
Finding check_permissions(const DoctorOptions& options);
Finding check_cards(const DoctorOptions& options);
Finding check_token(const DoctorOptions& options);
Finding check_pin(const DoctorOptions& options);
// ca_checks.cpp
Finding check_configuration(const DoctorOptions& options);
Finding check_policy(const DoctorOptions& options);
Finding check_ledger(const DoctorOptions& options);
// use_checks.cpp
Finding check_clock(const DoctorOptions& options);
Finding check_canaries(const DoctorOptions& options);
Finding check_drill(const DoctorOptions& options);
Finding check_kit(const DoctorOptions& options);
Finding check_unattended(const DoctorOptions& options);

// host_checks.cpp
/// The side of a host, by one login with the stock ssh; changes nothing there.
std::vector<Finding> host_findings(const std::string& host, const DoctorOptions& options);

/// That something fails is what was found. @param mend if the error has no hint
inline Finding wrong(std::string_view name, const Error& error, const std::string& mend = {}) {
  return {name, Verdict::kWrong, error.message, error.hint.empty() ? mend : error.hint};
}

}  // namespace halligan::doctor
