#include "faults.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace halligan::io {

Faults& faults() {
  static Faults the;
  return the;
}

namespace {

// True, with errno set, if this call is the one to fail.
bool fails(const char* name) {
  Faults& all = faults();
  const int number = static_cast<int>(all.calls.size());
  all.calls.emplace_back(name);
  if (all.before) all.before(number);
  const bool now = number == all.fail_at;
  if (now) errno = all.with;
  return now;
}

}  // namespace
}  // namespace halligan::io

using halligan::io::fails;
using halligan::io::faults;

// NOLINTBEGIN(bugprone-reserved-identifier): the linker chooses these names
extern "C" {
int __real_renameat2(int, const char*, int, const char*, unsigned);
int __real_renameat(int, const char*, int, const char*);
int __real_linkat(int, const char*, int, const char*, int);
int __real_fsync(int);
int __real_syncfs(int);
int __real_ftruncate(int, off_t);
int __real_fchmod(int, mode_t);
ssize_t __real_write(int, const void*, size_t);

int __wrap_renameat2(int from, const char* a, int to, const char* b, unsigned flags) {
  if (fails("renameat2")) return -1;
  if (faults().no_rename_flags || (faults().no_exchange && (flags & RENAME_EXCHANGE) != 0)) {
    errno = EINVAL;
    return -1;
  }
  return __real_renameat2(from, a, to, b, flags);
}
int __wrap_renameat(int from, const char* a, int to, const char* b) {
  return fails("renameat") ? -1 : __real_renameat(from, a, to, b);
}
int __wrap_linkat(int from, const char* a, int to, const char* b, int flags) {
  return fails("linkat") ? -1 : __real_linkat(from, a, to, b, flags);
}
int __wrap_fsync(int fd) { return fails("fsync") ? -1 : __real_fsync(fd); }
int __wrap_syncfs(int fd) { return fails("syncfs") ? -1 : __real_syncfs(fd); }
int __wrap_ftruncate(int fd, off_t size) { return fails("ftruncate") ? -1 : __real_ftruncate(fd, size); }
int __wrap_fchmod(int fd, mode_t mode) { return fails("fchmod") ? -1 : __real_fchmod(fd, mode); }
ssize_t __wrap_write(int fd, const void* data, size_t size) {
  return fails("write") ? -1 : __real_write(fd, data, size);
}
}
// NOLINTEND(bugprone-reserved-identifier)
