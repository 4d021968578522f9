// The replaced calls that look at files and folders, and those of memory, time and processes.
#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <cstdlib>
#include <ctime>

#include "fault.hpp"

using namespace fault;

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
}

namespace {

template <typename Call>
void* allocate(Call call) {
  if (plan.on && is_spoilt(kMemory)) return take<void*>(plan.how, nullptr, call);
  return call();
}

}  // namespace

extern "C" {
DIR* opendir(const char* name) {
  static auto* next = real<DIR*(const char*)>("opendir");
  return take<DIR*>(step(kList, "opendir", name), nullptr, [&] { return next(name); });
}

DIR* fdopendir(int fd) {
  static auto* next = real<DIR*(int)>("fdopendir");
  return take<DIR*>(step(kList, "fdopendir", fd), nullptr, [&] { return next(fd); });
}

struct dirent* readdir(DIR* folder) {
  static auto* next = real<struct dirent*(DIR*)>("readdir");
  return take<struct dirent*>(step(kList, "readdir", dirfd(folder)), nullptr, [&] { return next(folder); });
}

int stat(const char* name, struct stat* status) noexcept {
  static auto* next = real<int(const char*, struct stat*)>("stat");
  return take(step(kLook, "stat", name), [&] { return next(name, status); });
}

int lstat(const char* name, struct stat* status) noexcept {
  static auto* next = real<int(const char*, struct stat*)>("lstat");
  return take(step(kLook, "lstat", name), [&] { return next(name, status); });
}

int fstat(int fd, struct stat* status) noexcept {
  static auto* next = real<int(int, struct stat*)>("fstat");
  return take(step(kLook, "fstat", fd), [&] { return next(fd, status); });
}

int fstatat(int folder, const char* name, struct stat* status, int flags) noexcept {
  static auto* next = real<int(int, const char*, struct stat*, int)>("fstatat");
  return take(step(kLook, "fstatat", name), [&] { return next(folder, name, status, flags); });
}

int faccessat(int folder, const char* name, int mode, int flags) noexcept {
  static auto* next = real<int(int, const char*, int, int)>("faccessat");
  return take(step(kLook, "faccessat", name), [&] { return next(folder, name, mode, flags); });
}

ssize_t readlink(const char* name, char* out, size_t size) noexcept {
  static auto* next = real<ssize_t(const char*, char*, size_t)>("readlink");
  return take(step(kLook, "readlink", name), [&] { return next(name, out, size); });
}

char* realpath(const char* name, char* out) noexcept {
  static auto* next = real<char*(const char*, char*)>("realpath");
  return take<char*>(step(kLook, "realpath", name), nullptr, [&] { return next(name, out); });
}

ssize_t getrandom(void* out, size_t size, unsigned flags) {
  static auto* next = real<ssize_t(void*, size_t, unsigned)>("getrandom");
  return take(step(kRandom, "getrandom", ""), [&] { return next(out, size, flags); });
}

int getentropy(void* out, size_t size) {
  static auto* next = real<int(void*, size_t)>("getentropy");
  return take(step(kRandom, "getentropy", ""), [&] { return next(out, size); });
}

void* mmap(void* at, size_t size, int protection, int flags, int fd, off_t offset) noexcept {
  static auto* next = real<void*(void*, size_t, int, int, int, off_t)>("mmap");
  const auto call = [&] { return next(at, size, protection, flags, fd, offset); };
  return take<void*>(step(kMap, "mmap", ""), MAP_FAILED, call);
}

int socketpair(int domain, int type, int protocol, int* ends) noexcept {
  static auto* next = real<int(int, int, int, int*)>("socketpair");
  return take(step(kProcess, "socketpair", ""), [&] { return next(domain, type, protocol, ends); });
}

int socket(int domain, int type, int protocol) noexcept {
  static auto* next = real<int(int, int, int)>("socket");
  return take(step(kProcess, "socket", ""), [&] { return next(domain, type, protocol); });
}

int signalfd(int fd, const sigset_t* mask, int flags) noexcept {
  static auto* next = real<int(int, const sigset_t*, int)>("signalfd");
  return take(step(kProcess, "signalfd", ""), [&] { return next(fd, mask, flags); });
}

int pidfd_open(pid_t pid, unsigned flags) noexcept {
  static auto* next = real<int(pid_t, unsigned)>("pidfd_open");
  return take(step(kProcess, "pidfd_open", ""), [&] { return next(pid, flags); });
}

int mlock(const void* begin, size_t size) noexcept {
  static auto* next = real<int(const void*, size_t)>("mlock");
  return take(step(kPin, "mlock", ""), [&] { return next(begin, size); });
}

int pipe2(int* ends, int flags) noexcept {
  static auto* next = real<int(int*, int)>("pipe2");
  return take(step(kProcess, "pipe2", ""), [&] { return next(ends, flags); });
}

int posix_spawn(pid_t* child, const char* path, const posix_spawn_file_actions_t* files,
                const posix_spawnattr_t* attributes, char* const* argv, char* const* env) {
  static auto* next = real<decltype(posix_spawn)>("posix_spawn");
  const Fate fate = step(kProcess, "posix_spawn", path);
  return take<int>(fate, plan.error, [&] { return next(child, path, files, attributes, argv, env); });
}

int clock_gettime(clockid_t clock, struct timespec* out) noexcept {
  static auto* next = real<int(clockid_t, struct timespec*)>("clock_gettime");
  const int result = next(clock, out);
  if (!plan.on || clock != CLOCK_REALTIME) return result;
  const bool spoilt = is_spoilt(kTime);
  out->tv_sec += spoilt ? plan.clock_then : plan.clock;
  return take(spoilt ? plan.how : Fate::kNone, [&] { return result; });
}

void* malloc(size_t size) noexcept {
  return allocate([&] { return __libc_malloc(size); });
}

void* calloc(size_t count, size_t size) noexcept {
  return allocate([&] { return __libc_calloc(count, size); });
}

void* realloc(void* old, size_t size) noexcept {
  return allocate([&] { return __libc_realloc(old, size); });
}

int posix_memalign(void** out, size_t alignment, size_t size) noexcept {
  void* got = allocate([&] { return __libc_memalign(alignment, size); });
  if (got != nullptr) *out = got;
  return got != nullptr ? 0 : ENOMEM;
}

void* aligned_alloc(size_t alignment, size_t size) noexcept {
  return allocate([&] { return __libc_memalign(alignment, size); });
}
}

FAULT_ALSO(readdir);
FAULT_ALSO(stat);
FAULT_ALSO(lstat);
FAULT_ALSO(fstat);
FAULT_ALSO(fstatat);
FAULT_ALSO(mmap);
