// The drills on record: ca.drills in the state folder of each CA, beside its ledger.
#pragma once

#include <string>
#include <vector>

#include "drill/record.hpp"
#include "ssh/key.hpp"

namespace halligan::drill {

struct DrillLog {
  std::string file;
  std::vector<Drill> drills;  ///< at least one, in their order
  std::string head;           ///< hash of the last record: written down elsewhere, it shows a cut
};

/// Those of one CA, or of all. @param authority null: of all
/// @errors kBadInput ("FILE: record 2: …": changed, cut off) · as io::read_trusted_file()
Result<std::vector<DrillLog>> load_drills(const ssh::PublicKey* authority);

/// Add it to the CA's: number, previous record and time are set here. On the disk when this returns.
/// @return the file. @errors kUsage (no home) · as load_drills(), io::AppendFile
Result<std::string> add_drill(Drill& drill, const ssh::PublicKey& authority);

}  // namespace halligan::drill
