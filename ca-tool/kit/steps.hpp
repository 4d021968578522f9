// What the steps of a runbook need that may be down: names that must be looked up, services of the network,
// single sign-on, password managers.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runbook/document.hpp"

namespace halligan::kit {

struct StepNeed {
  std::size_t line;  ///< of the runbook
  std::string text;  ///< "web1.corp.net is a name, which needs DNS"; printable
};

/// Values that a person types in (NAME=value  # what it is) are not looked at, and neither are names that
/// RFC 2606 keeps for examples.
/// @param has_address of a name: does the kit say it?
std::vector<StepNeed> needs_of_steps(const runbook::Document& document,
                                     const std::function<bool(const std::string& name)>& has_address);

}  // namespace halligan::kit
