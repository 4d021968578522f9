// Calls of the system that a signal may interrupt.
#pragma once

#include <cerrno>

namespace halligan {

/// Call it again as long as a signal interrupts it. On a local disk open(), fsync() and ftruncate() do not
/// return EINTR; on a network file system they do.
/// @return what it returned; -1 with errno set
template <typename Call>
auto uninterrupted(Call call) {
  while (true) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

}  // namespace halligan
