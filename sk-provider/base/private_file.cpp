#include "base/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace halligan {

Descriptor open_private(int folder, const char* name, int flags, mode_t type) {
  Descriptor file(::openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC, 0600));
  struct stat status {};
  const bool is_private = file && ::fstat(file.get(), &status) == 0 && (status.st_mode & S_IFMT) == type &&
                          status.st_uid == ::geteuid() && (status.st_mode & 0077) == 0;
  return is_private ? std::move(file) : Descriptor();
}

}  // namespace halligan
