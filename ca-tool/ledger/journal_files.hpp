// The files of a journal. libsystemd leaves out, without a word, a file that it cannot open, the rest of a
// folder that it cannot list, and the rest of a file in which it meets an error. What was left out would
// agree with everything, so the files are listed here, and it is seen which of them it holds open.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace halligan::ledger {

/// In a folder, and in its folders for one computer each: where libsystemd looks for them. None without such
/// a folder.
/// @param machine only in the folder of this ID, 32 hexadecimal digits; empty: of all
/// @errors kUnreachable (a folder or file may not be read)
Result<std::vector<std::string>> journal_files(const std::string& folder, const std::string& machine = {});

/// Names by device and inode.
using FileIds = std::map<std::pair<dev_t, ino_t>, std::string>;

/// @errors kNotFound (one is gone) · kUnreachable
Result<FileIds> identify(const std::vector<std::string>& files);

/// Those of these files that this process does not have open. @errors kUnreachable (no /proc)
Result<FileIds> not_open(FileIds files);

}  // namespace halligan::ledger
