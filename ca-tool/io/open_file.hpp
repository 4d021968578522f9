// Files opened and synced, whatever signals come.
#pragma once

#include <fcntl.h>

#include <string>

#include "io/descriptor.hpp"

namespace halligan::io {

/// open(), closed on exec. @return empty with errno set
Descriptor open_file(const std::string& path, int flags);
/// openat(), closed on exec. @return empty with errno set
Descriptor open_file_in(int folder, const std::string& name, int flags, mode_t mode = 0);

/// fsync(). @return false with errno set
[[nodiscard]] bool sync_file(int fd);

}  // namespace halligan::io
