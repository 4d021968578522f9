// Whose files and folders are that decide something: ours or root's, and nobody else's to change.
#pragma once

#include <sys/stat.h>

#include <string>

#include "base/result.hpp"

namespace halligan::io {

/// A regular file of this user or root that others may not write to. Root may use one that belongs to the
/// owner of its folder, as with sudo.
/// @param status of the open file @param folder the open folder that it is in
/// @errors kBadInput
Result<> check_ours(const std::string& path, const struct stat& status, int folder);

/// A program that root is about to run: nobody but root can change it or the folders that it is in, as far as
/// their owners say; folders of a group are the administrator's choice. For other users everything passes.
/// @errors kBadInput
Result<> check_program(const std::string& path);

/// A folder in which what we make stays what we made: it and every folder above it belong to this user or
/// root, and others may write to them at most as to /tmp, where the sticky bit keeps people from each other's
/// files.
/// @return its path without links. @errors kBadInput (another user may change it) · as path_failure()
Result<std::string> safe_folder(const std::string& path);

}  // namespace halligan::io
