// Preloaded into a program: counts its calls of the C library, and spoils the n-th.
//
// FAULT_PROGRAM   its name, "halligan" if unset; in every other program that it starts nothing happens
// FAULT_CALLS     which classes of calls count, as in kClasses: "write,fsync"; else all that change files
// FAULT_AT        the first that is spoilt, from 1; unset: none
// FAULT_LAST      the last one; unset: FAULT_AT alone
// FAULT_HOW       fail (with FAULT_ERRNO), short (a write or a read of half), signal (FAULT_SIGNAL comes, the
// call is done),
//                 or SIGKILL: before, after, torn (a write stops half way; others as before)
// FAULT_COUNTS    a file that gets the number of calls of each class, eight bytes each, in the order of
// kClasses FAULT_LOG       a file that gets a line for each counted call but those of memory and time: its
// name and its file FAULT_CLOCK     seconds that the clock is wrong; from the spoilt reading on,
// FAULT_CLOCK_THEN
#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
}

namespace {

enum Class {
  kWrite,
  kOutput,
  kSync,
  kTruncate,
  kRename,
  kLink,
  kUnlink,
  kCreate,
  kOpen,
  kFolder,
  kMode,
  kRead,
  kMemory,
  kPin,
  kTime,
  kProcess,
  kClasses
};
constexpr const char* kNames[kClasses] = {"write",  "output", "sync", "truncate", "rename", "link",
                                          "unlink", "create", "open", "folder",   "mode",   "read",
                                          "memory", "pin",    "time", "process"};
constexpr unsigned kSteps = 1U << kWrite | 1U << kSync | 1U << kTruncate | 1U << kRename | 1U << kLink |
                            1U << kUnlink | 1U << kCreate | 1U << kFolder | 1U << kMode;

enum class Fate { kNone, kBefore, kAfter, kTorn, kFail, kShort, kSignal };

struct Plan {
  bool on = false;  // from main() on, in the program that is meant
  unsigned classes = kSteps;
  long at = LONG_MAX, last = LONG_MAX;
  Fate how = Fate::kNone;
  int error = 0, signal = 0;
  long clock = 0, clock_then = 0;
  std::atomic<std::uint64_t>* counts = nullptr;
  const char* log = nullptr;
};
Plan plan;
std::atomic<long> counted{0};

[[noreturn]] void die() {
  kill(getpid(), SIGKILL);
  _exit(99);
}

void note(const char* call, const char* name) {
  char line[512];
  const int size = snprintf(line, sizeof line, "%s %s\n", call, name);
  const long fd = syscall(SYS_openat, AT_FDCWD, plan.log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  syscall(SYS_write, fd, line, size);
  syscall(SYS_close, fd);
}

bool is_spoilt(Class kind) {
  if (plan.counts != nullptr) ++plan.counts[kind];
  if ((plan.classes & 1U << kind) == 0) return false;
  const long number = ++counted;
  return number >= plan.at && number <= plan.last;
}

Fate step(Class kind, const char* call, const char* name) {
  if (!plan.on) return Fate::kNone;
  if (plan.log != nullptr && (plan.classes & 1U << kind) != 0) note(call, name);
  return is_spoilt(kind) ? plan.how : Fate::kNone;
}

// Of files and folders, and of standard output whatever it is: not of terminals, tokens and other programs.
Fate step(Class kind, const char* call, int fd) {
  if (!plan.on) return Fate::kNone;
  const int error_number = errno;
  struct stat status {};
  const bool file = fstat(fd, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
  errno = error_number;
  if (kind == kWrite && fd == STDOUT_FILENO) return step(kOutput, call, "standard output");
  if (!file) return Fate::kNone;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  char name[256] = {};
  if (readlink(link, name, sizeof name - 1) < 0) name[0] = '\0';
  errno = error_number;
  return step(kind, call, name);
}

template <typename Result, typename Call>
Result take(Fate fate, Result failure, Call call) {
  if (fate == Fate::kFail) {
    errno = plan.error;
    return failure;
  }
  if (fate == Fate::kBefore || fate == Fate::kTorn) die();
  if (fate == Fate::kSignal) kill(getpid(), plan.signal);
  const Result result = call();
  if (fate == Fate::kAfter) die();
  return result;
}

template <typename Call>
auto take(Fate fate, Call call) -> decltype(call()) {
  return take<decltype(call())>(fate, -1, call);
}

template <typename Call>
void* allocate(Call call) {
  if (plan.on && is_spoilt(kMemory)) return take<void*>(plan.how, nullptr, call);
  return call();
}

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

long number(const char* name, long otherwise) {
  const char* text = getenv(name);
  return text == nullptr ? otherwise : strtol(text, nullptr, 10);
}

unsigned classes(const char* words) {
  unsigned found = 0;
  for (const char* at = words; *at != '\0';) {
    const size_t size = strcspn(at, ",");
    for (int i = 0; i < kClasses; ++i) {
      if (strlen(kNames[i]) == size && strncmp(at, kNames[i], size) == 0) found |= 1U << i;
    }
    at += size + (at[size] == ',' ? 1 : 0);
  }
  return found;
}

Fate fate(const char* word) {
  constexpr const char* kWords[] = {"", "before", "after", "torn", "fail", "short", "signal"};
  for (int i = 0; i < 7; ++i) {
    if (strcmp(word, kWords[i]) == 0) return static_cast<Fate>(i);
  }
  fprintf(stderr, "fault: unknown FAULT_HOW %s\n", word);
  _exit(98);
}

void begin() {
  const char* program = getenv("FAULT_PROGRAM");
  if (strcmp(program_invocation_short_name, program == nullptr ? "halligan" : program) != 0) return;
  if (const char* words = getenv("FAULT_CALLS"); words != nullptr) plan.classes = classes(words);
  plan.at = number("FAULT_AT", LONG_MAX);
  plan.last = number("FAULT_LAST", plan.at);
  if (const char* how = getenv("FAULT_HOW"); how != nullptr) plan.how = fate(how);
  plan.error = static_cast<int>(number("FAULT_ERRNO", ENOSPC));
  plan.signal = static_cast<int>(number("FAULT_SIGNAL", SIGINT));
  plan.clock = number("FAULT_CLOCK", 0);
  plan.clock_then = number("FAULT_CLOCK_THEN", plan.clock);
  plan.log = getenv("FAULT_LOG");
  if (const char* path = getenv("FAULT_COUNTS"); path != nullptr) {
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    constexpr size_t kSize = kClasses * sizeof(std::uint64_t);
    if (fd < 0 || ftruncate(fd, kSize) != 0) _exit(97);
    void* shared = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared == MAP_FAILED) _exit(97);
    plan.counts = static_cast<std::atomic<std::uint64_t>*>(shared);
    close(fd);
  }
  plan.on = true;
}

using Main = int(int, char**, char**);
Main* real_main = nullptr;

int counted_main(int argc, char** argv, char** env) {
  begin();
  const int status = real_main(argc, argv, env);
  plan.on = false;
  return status;
}

bool is_device(int folder, const char* name) {
  struct stat status {};
  const int error_number = errno;
  const bool is = fstatat(folder, name, &status, 0) == 0 && S_ISCHR(status.st_mode);
  errno = error_number;
  return is;
}

template <typename Call>
int opened(int folder, const char* name, int flags, Call call) {
  if (is_device(folder, name)) return call();
  const bool changes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0;
  return take(step(changes ? kCreate : kOpen, "open", name), call);
}

}  // namespace

extern "C" {
int __libc_start_main(Main* main, int argc, char** argv, void (*init)(), void (*fini)(), void (*end)(),
                      void* stack) {
  static auto* next =
      real<int(Main*, int, char**, void (*)(), void (*)(), void (*)(), void*)>("__libc_start_main");
  real_main = main;
  return next(counted_main, argc, argv, init, fini, end, stack);
}

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
  return take(step(kRename, "renameat2", b), [&] { return next(from, a, to, b, flags); });
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
  if (plan.on && clock == CLOCK_REALTIME) out->tv_sec += is_spoilt(kTime) ? plan.clock_then : plan.clock;
  return result;
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
