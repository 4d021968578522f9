#include "doctor/checks.hpp"

namespace halligan::doctor {
namespace {

constexpr Check kChecks[] = {
    {"program", true, check_program},
    {"account", true, check_account},
    {"openssh", true, check_openssh},
    {"provider", true, check_provider},
    {"agent", true, check_agent},
    {"library", true, check_agent_provider},
    {"permissions", true, check_permissions},
    {"cards", true, check_cards},
    {"handoff", true, check_handoff},
    {"token", false, check_token},
    {"pin", false, check_pin},
    {"config", false, check_configuration},
    {"policy", false, check_policy},
    {"ledger", false, check_ledger},
    {"clock", false, check_clock},
    {"canaries", false, check_canaries},
    {"drill", false, check_drill},
    {"kit", false, check_kit},
    {"unattended", false, check_unattended},
};

}  // namespace

std::span<const Check> all_checks() { return kChecks; }

}  // namespace halligan::doctor
