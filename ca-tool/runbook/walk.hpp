// A person is walked through a runbook: each step is shown, asked about, run and compared.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "runbook/shelf.hpp"

namespace halligan::runbook {

struct WalkOptions {
  std::map<std::string, std::string> ways;  ///< place → how to get to a shell there, as LastingShell::start()
  std::optional<std::size_t> from;          ///< run the steps from this one again
  bool anew = false;                        ///< leave an unfinished walk as it is
};

struct Walked {
  std::size_t steps = 0;
  std::size_t as_expected = 0;
  std::size_t by_hand = 0;   ///< of them: at a place with no way to it
  std::size_t accepted = 0;  ///< did something else, and the person went on
  std::size_t skipped = 0;
  bool stopped = false;  ///< before its end; the same command goes on
  std::string transcript;
  std::string head;  ///< SHA-256 of its last line
};

/// Asks at the terminal; an unfinished walk through the same text goes on.
/// @errors kNeedsPerson (no terminal) · kUnreachable · kBadInput (a transcript that was changed) · kUsage
Result<Walked> walk(const Runbook& runbook, const WalkOptions& options);

}  // namespace halligan::runbook
