// Where runbooks are: with the installed program, in ./runbooks of a source tree, or where somebody says.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "crypto/digest.hpp"
#include "runbook/document.hpp"

namespace halligan::runbook {

struct Runbook {
  std::string name;  ///< "emergency-access"
  std::string file;
  crypto::Sha256 sha256;
  Document document;
  std::string text;  ///< of the file
};

/// Those in a folder, sorted: paths. README.md is not a runbook. None without the folder.
/// @errors kUnreachable (the folder cannot be read)
Result<std::vector<std::string>> runbooks_in(const std::string& folder);
/// Those of the first folder that has any, as runbooks_in().
Result<std::vector<std::string>> runbooks_on_shelf();

/// @param wanted a path with a slash or ending in .md; else a name on the shelf, or how only one begins
/// @errors kNotFound (none, or several; with the names) · kBadInput (malformed; the file or its folder
///   belongs to another user, whose commands they would be) · as read_trusted_file()
Result<Runbook> find_runbook(const std::string& wanted);
Result<Runbook> read_runbook(const std::string& file);

}  // namespace halligan::runbook
