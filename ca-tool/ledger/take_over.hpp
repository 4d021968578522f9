// Records of a CA that earlier releases kept in other places: beside the CA's file, or in one ledger for all.
#pragma once

#include <string>
#include <vector>

#include "ca/state_folder.hpp"
#include "ledger/text.hpp"

namespace halligan::ledger {

/// A ledger that was copied into a CA's state folder, and what is in it.
struct TakenLedger {
  std::string file;
  std::vector<Chain> chains;
};

/// Copy the ledgers with records of this CA into its state folder, and say so; the originals stay as they
/// are. One that has grown since it was copied is copied again: nothing that only a copy has is lost.
/// @param places where ledgers may be
/// @return all copies that are there now
/// @errors as io::read_file(), io::write_files() · kBadInput (not a ledger) · kNo (a copy and its original
/// differ)
Result<std::vector<TakenLedger>> take_over(const ca::StateFolder& folder, const ssh::PublicKey& authority,
                                           const std::vector<std::string>& places);

}  // namespace halligan::ledger
