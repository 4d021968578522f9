// What belongs to this user alone.
#pragma once

#include <sys/types.h>

#include "base/descriptor.hpp"

namespace halligan {

/// Open what is the user's own, of this type, closed to everyone else, and not a link. It is looked at
/// through the descriptor.
/// @param folder  an open one, or AT_FDCWD @param type  S_IFDIR, S_IFREG
/// @return empty for anything else; errno says why, EPERM if it is not the user's own or not private
Descriptor open_private(int folder, const char* name, int flags, mode_t type);

}  // namespace halligan
