#include "base/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/uninterrupted.hpp"

namespace halligan {

Descriptor open_private(int folder, const char* name, int flags, mode_t type) {
  Descriptor file(
      uninterrupted([&] { return ::openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC, 0600); }));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) {
    const int why = errno;
    file.reset();
    errno = why;
    return {};
  }
  if ((status.st_mode & S_IFMT) == type && status.st_uid == ::geteuid() && (status.st_mode & 0077) == 0)
    return file;
  file.reset();
  errno = EPERM;
  return {};
}

}  // namespace halligan
