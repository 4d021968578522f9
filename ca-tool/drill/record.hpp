// The types of a drill on record. They are the ledger's, since prove reads them too; here they have short
// names.
#pragma once

#include "ledger/drills/log.hpp"

namespace halligan::drill {

using ledger::drills::add_drill;
using ledger::drills::Alert;
using ledger::drills::alert_word;
using ledger::drills::Drill;
using ledger::drills::drill_json;
using ledger::drills::DrilledHost;
using ledger::drills::DrillLog;
using ledger::drills::kLongestText;
using ledger::drills::kMostInList;
using ledger::drills::load_drills;
using ledger::drills::Outcome;
using ledger::drills::outcome_word;
using ledger::drills::Step;
using ledger::drills::Subject;

}  // namespace halligan::drill
