// Folders, and the parts of a path.
#pragma once

#include <string>

#include "base/result.hpp"

namespace halligan::io {

struct SplitPath {
  std::string folder;  ///< "." for a bare name
  std::string name;    ///< of a file: never empty, "." or ".."
};

/// @errors kUsage (it does not name a file)
Result<SplitPath> split_path(const std::string& path);

/// A new folder that nobody else may look into (0700, whatever the umask). @errors kExists · kNotFound ·
/// kUnreachable
Result<> make_private_folder(const std::string& path);

/// A folder and those above it that are missing, for the owner alone (0700). @errors kUnreachable
Result<> make_private_folders(const std::string& path);

/// Remove a folder if it is empty.
void remove_empty_folder(const std::string& path);

/// fsync() of a folder. @return false with errno set
[[nodiscard]] bool sync_folder(int fd);

}  // namespace halligan::io
