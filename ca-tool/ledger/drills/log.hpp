// The drills on record: ca.drills in the state folder of each CA, beside its ledger.
#pragma once

#include <string>
#include <vector>

#include "ledger/drills/record.hpp"
#include "ssh/key.hpp"

namespace halligan::ledger::drills {

struct DrillLog {
  std::string file;
  std::vector<Drill> drills;  ///< in their order; of load_drills() at least one
  std::string head;           ///< hash of the last record: written down elsewhere, it shows a cut
};

/// One file. @errors as load_drills() · kNotFound
Result<DrillLog> read_drills(const std::string& file);

/// Those of one CA, or of all. @param authority null: of all
/// @errors kBadInput ("FILE: record 2: …": changed, cut off) · as io::read_trusted_file()
Result<std::vector<DrillLog>> load_drills(const ssh::PublicKey* authority);

/// Add it to the CA's: number, previous record and time are set here. On the disk when this returns.
/// @return the file. @errors kUsage (no home) · as load_drills(), io::AppendFile
Result<std::string> add_drill(Drill& drill, const ssh::PublicKey& authority);

}  // namespace halligan::ledger::drills
