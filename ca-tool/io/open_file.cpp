#include "io/open_file.hpp"

#include "base/uninterrupted.hpp"

namespace halligan::io {

Descriptor open_file(const std::string& path, int flags) { return open_file_in(AT_FDCWD, path, flags); }

Descriptor open_file_in(int folder, const std::string& name, int flags, mode_t mode) {
  return Descriptor(uninterrupted([&] { return ::openat(folder, name.c_str(), flags | O_CLOEXEC, mode); }));
}

bool sync_file(int fd) {
  return uninterrupted([&] { return ::fsync(fd); }) == 0;
}

}  // namespace halligan::io
