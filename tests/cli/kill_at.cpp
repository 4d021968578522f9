// Preloaded into a program: ends it with SIGKILL at its n-th step on files, or lets that step fail.
//
// A step is a call that changes a file or a folder. KILL_AT=n counts from 1. KILL_HOW is `before` or `after`
// the step, `torn` (a write stops half way; other steps as before), `fail` (ENOSPC, once), or `interrupt`
// (SIGINT, as by Ctrl-C, and the step is done). KILL_LOG=FILE gets a line for each step: the call and the
// file's name.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

enum class Fate { kNone, kBefore, kAfter, kTorn, kFail, kInterrupt };

[[noreturn]] void die() {
  kill(getpid(), SIGKILL);
  _exit(99);
}

void note(const char* call, const char* name) {
  const char* path = getenv("KILL_LOG");
  if (path == nullptr) return;
  char line[512];
  const int size = snprintf(line, sizeof line, "%s %s\n", call, name);
  const long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  syscall(SYS_write, fd, line, size);
  syscall(SYS_close, fd);
}

Fate step(const char* call, const char* name) {
  static int count = 0;
  note(call, name);
  const char* at = getenv("KILL_AT");
  if (at == nullptr || ++count != atoi(at)) return Fate::kNone;
  const char* how = getenv("KILL_HOW");
  if (strcmp(how, "fail") == 0) return Fate::kFail;
  if (strcmp(how, "interrupt") == 0) return Fate::kInterrupt;
  if (strcmp(how, "torn") == 0) return Fate::kTorn;
  return strcmp(how, "after") == 0 ? Fate::kAfter : Fate::kBefore;
}

Fate step(const char* call, int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0 || (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))) return Fate::kNone;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  char name[256] = {};
  if (readlink(link, name, sizeof name - 1) < 0) name[0] = '\0';
  return step(call, name);
}

template <typename Call>
auto take(Fate fate, Call call) -> decltype(call()) {
  if (fate == Fate::kFail) {
    errno = ENOSPC;
    return -1;
  }
  if (fate == Fate::kBefore || fate == Fate::kTorn) die();
  if (fate == Fate::kInterrupt) kill(getpid(), SIGINT);
  const auto result = call();
  if (fate == Fate::kAfter) die();
  return result;
}

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {
ssize_t write(int fd, const void* data, size_t size) {
  static auto* next = real<ssize_t(int, const void*, size_t)>("write");
  const Fate fate = step("write", fd);
  if (fate == Fate::kTorn) {
    next(fd, data, size / 2);
    die();
  }
  return take(fate, [&] { return next(fd, data, size); });
}

int fsync(int fd) {
  static auto* next = real<int(int)>("fsync");
  return take(step("fsync", fd), [&] { return next(fd); });
}

int ftruncate(int fd, off_t size) noexcept {
  static auto* next = real<int(int, off_t)>("ftruncate");
  return take(step("ftruncate", fd), [&] { return next(fd, size); });
}

int renameat2(int from, const char* a, int to, const char* b, unsigned flags) noexcept {
  static auto* next = real<int(int, const char*, int, const char*, unsigned)>("renameat2");
  return take(step("renameat2", b), [&] { return next(from, a, to, b, flags); });
}

int unlinkat(int folder, const char* name, int flags) noexcept {
  static auto* next = real<int(int, const char*, int)>("unlinkat");
  return take(step("unlinkat", name), [&] { return next(folder, name, flags); });
}

int openat(int folder, const char* name, int flags, ...) {
  static auto* next = real<int(int, const char*, int, mode_t)>("openat");
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  if ((flags & O_CREAT) == 0) return next(folder, name, flags, mode);
  return take(step("openat", name), [&] { return next(folder, name, flags, mode); });
}
}
