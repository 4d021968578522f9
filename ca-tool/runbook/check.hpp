// Whether a runbook can be walked through, and whether it was.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runbook/shelf.hpp"
#include "runbook/transcript.hpp"

namespace halligan::runbook {

struct Fault {
  std::size_t line;
  std::string text;  ///< printable() already
};

/// The place that is this computer.
inline constexpr std::string_view kHere = "laptop";

/// Shell syntax as bash reads it; programs that this computer lacks, and commands that its halligan does not
/// have (of the steps that are run here); variables that no step before it has set; values without a comment,
/// which nobody is asked for; answers that are typed unseen, which would be kept.
/// @errors kUnreachable: bash or halligan cannot be run
Result<std::vector<Fault>> check_runbook(const Document& document);

/// Steps that did not do what they should in any of these walks through this very text.
std::vector<Fault> steps_not_run(const Runbook& runbook, std::span<const History> walks);

}  // namespace halligan::runbook
