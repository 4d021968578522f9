// The replaced calls that change, read and close files.
#include <fcntl.h>
#include <sys/file.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "fault.hpp"

using namespace fault;

namespace {

template <typename Call>
int opened(int folder, const char* name, int flags, Call call) {
  if (is_device(folder, name)) return call();
  const bool changes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0;
  const bool unnamed = (flags & O_TMPFILE) == O_TMPFILE;
  return take(step(unnamed ? kUnnamed : changes ? kCreate : kOpen, "open", name), call);
}

}  // namespace

extern "C" {
ssize_t write(int fd, const void* data, size_t size) {
  static auto* next = real<ssize_t(int, const void*, size_t)>("write");
  const Fate fate = step(kWrite, "write", fd);
  if (fate == Fate::kShort) return next(fd, data, (size + 1) / 2);
  if (fate == Fate::kTorn) {
    next(fd, data, size / 2);
    die();
  }
  return take(fate, [&] { return next(fd, data, size); });
}

ssize_t read(int fd, void* data, size_t size) {
  static auto* next = real<ssize_t(int, void*, size_t)>("read");
  const Fate fate = step(kRead, "read", fd);
  if (fate == Fate::kShort) return next(fd, data, (size + 1) / 2);
  return take(fate, [&] { return next(fd, data, size); });
}

int fsync(int fd) {
  static auto* next = real<int(int)>("fsync");
  return take(step(kSync, "fsync", fd), [&] { return next(fd); });
}

int fdatasync(int fd) {
  static auto* next = real<int(int)>("fdatasync");
  return take(step(kSync, "fdatasync", fd), [&] { return next(fd); });
}

int syncfs(int fd) noexcept {
  static auto* next = real<int(int)>("syncfs");
  return take(step(kSync, "syncfs", fd), [&] { return next(fd); });
}

int ftruncate(int fd, off_t size) noexcept {
  static auto* next = real<int(int, off_t)>("ftruncate");
  return take(step(kTruncate, "ftruncate", fd), [&] { return next(fd, size); });
}

int renameat2(int from, const char* a, int to, const char* b, unsigned flags) noexcept {
  static auto* next = real<int(int, const char*, int, const char*, unsigned)>("renameat2");
  return take(step(kExchange, "renameat2", b), [&] { return next(from, a, to, b, flags); });
}

int renameat(int from, const char* a, int to, const char* b) noexcept {
  static auto* next = real<int(int, const char*, int, const char*)>("renameat");
  return take(step(kRename, "renameat", b), [&] { return next(from, a, to, b); });
}

int rename(const char* a, const char* b) noexcept {
  static auto* next = real<int(const char*, const char*)>("rename");
  return take(step(kRename, "rename", b), [&] { return next(a, b); });
}

int linkat(int from, const char* a, int to, const char* b, int flags) noexcept {
  static auto* next = real<int(int, const char*, int, const char*, int)>("linkat");
  return take(step(kLink, "linkat", b), [&] { return next(from, a, to, b, flags); });
}

int symlink(const char* a, const char* b) noexcept {
  static auto* next = real<int(const char*, const char*)>("symlink");
  return take(step(kLink, "symlink", b), [&] { return next(a, b); });
}

int symlinkat(const char* a, int to, const char* b) noexcept {
  static auto* next = real<int(const char*, int, const char*)>("symlinkat");
  return take(step(kLink, "symlinkat", b), [&] { return next(a, to, b); });
}

int unlinkat(int folder, const char* name, int flags) noexcept {
  static auto* next = real<int(int, const char*, int)>("unlinkat");
  return take(step(kUnlink, "unlinkat", name), [&] { return next(folder, name, flags); });
}

int unlink(const char* name) noexcept {
  static auto* next = real<int(const char*)>("unlink");
  return take(step(kUnlink, "unlink", name), [&] { return next(name); });
}

int remove(const char* name) noexcept {
  static auto* next = real<int(const char*)>("remove");
  return take(step(kUnlink, "remove", name), [&] { return next(name); });
}

int openat(int folder, const char* name, int flags, ...) {
  static auto* next = real<int(int, const char*, int, mode_t)>("openat");
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return opened(folder, name, flags, [&] { return next(folder, name, flags, mode); });
}

int open(const char* name, int flags, ...) {
  static auto* next = real<int(const char*, int, mode_t)>("open");
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return opened(AT_FDCWD, name, flags, [&] { return next(name, flags, mode); });
}

int mkdir(const char* name, mode_t mode) noexcept {
  static auto* next = real<int(const char*, mode_t)>("mkdir");
  return take(step(kFolder, "mkdir", name), [&] { return next(name, mode); });
}

int mkdirat(int folder, const char* name, mode_t mode) noexcept {
  static auto* next = real<int(int, const char*, mode_t)>("mkdirat");
  return take(step(kFolder, "mkdirat", name), [&] { return next(folder, name, mode); });
}

char* mkdtemp(char* name) noexcept {
  static auto* next = real<char*(char*)>("mkdtemp");
  return take<char*>(step(kFolder, "mkdtemp", name), nullptr, [&] { return next(name); });
}

int fchmod(int fd, mode_t mode) noexcept {
  static auto* next = real<int(int, mode_t)>("fchmod");
  return take(step(kMode, "fchmod", fd), [&] { return next(fd, mode); });
}

int chmod(const char* name, mode_t mode) noexcept {
  static auto* next = real<int(const char*, mode_t)>("chmod");
  return take(step(kMode, "chmod", name), [&] { return next(name, mode); });
}

// It fails as a network file system lets it fail: the descriptor is closed all the same.
int close(int fd) {
  static auto* next = real<int(int)>("close");
  const Fate fate = step(kClose, "close", fd);
  if (fate == Fate::kFail) next(fd);
  return take(fate, [&] { return next(fd); });
}

int flock(int fd, int operation) noexcept {
  static auto* next = real<int(int, int)>("flock");
  return take(step(kLock, "flock", fd), [&] { return next(fd, operation); });
}

int fcntl(int fd, int command, ...) {
  static auto* next = real<int(int, int, void*)>("fcntl");
  va_list more;
  va_start(more, command);
  void* const argument = va_arg(more, void*);
  va_end(more);
  const auto call = [&] { return next(fd, command, argument); };
  if (command == F_DUPFD || command == F_DUPFD_CLOEXEC) return take(step(kProcess, "fcntl", "a copy"), call);
  const bool locks =
      command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW;
  return locks ? take(step(kLock, "fcntl", fd), call) : call();
}
}

FAULT_ALSO(open);
FAULT_ALSO(openat);
FAULT_ALSO(fcntl);
FAULT_ALSO(ftruncate);
