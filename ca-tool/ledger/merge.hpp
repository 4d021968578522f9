// Several ledgers in one file, for reading.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "io/files.hpp"
#include "ledger/files.hpp"

namespace halligan::ledger {

/// Write the chains of `files` to `output`, each once; what is cut off at the end of a file is left out.
/// @param waiting called once before waiting for another process that is writing to `output`
/// @errors kUsage (`output` is one of the files) · kNo (a chain is damaged) · as load_ledgers(),
///         io::check_new_files() and io::write_files()
Result<LoadedLedgers> merge_files(const std::vector<std::string>& files, const std::string& output,
                                  io::Existing existing, const std::function<void()>& waiting);

}  // namespace halligan::ledger
