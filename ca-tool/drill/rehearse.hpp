// The rehearsal: one certificate, a login to each host, and whether somebody noticed.
#pragma once

#include "drill/command.hpp"
#include "drill/record.hpp"

namespace halligan::drill {

struct Rehearsed {
  Drill drill;
  std::string file;  ///< that it is on record in
};

/// Sign a certificate that allows nothing but the proof, log in to all hosts with it, ask for the alert of
/// each that opened, and record what came of it. What is wrong with one host is in its row.
/// @errors kUsage (a host, a text) · kNeedsPerson (nobody to ask for the alert; the PIN, the touch) ·
/// kBadInput (drills on record were changed) · as issue::mint_key(), add_drill()
Result<Rehearsed> rehearse(const RunOptions& options);

}  // namespace halligan::drill
