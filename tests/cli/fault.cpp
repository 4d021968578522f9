// Preloaded into a program: counts its calls of the C library, and spoils the n-th.
//
// FAULT_PROGRAM   its name, "halligan" if unset; in every other program that it starts nothing happens
// FAULT_CALLS     which classes of calls count, as in kNames: "write,fsync"; else all that change files
// FAULT_AT        the first that is spoilt, from 1; unset: none
// FAULT_LAST      the last one; unset: FAULT_AT alone
// FAULT_HOW       fail (with FAULT_ERRNO), short (a write or a read of half), signal (FAULT_SIGNAL comes, and
//                 the call is done); or SIGKILL: before, after, torn (a write stops half way; others: before)
// FAULT_COUNTS    a file that gets the number of calls of each class, in the order of kNames, eight bytes
// each FAULT_LOG       a file that gets a line for each counted call, but those of memory and time
// FAULT_CLOCK     seconds that the clock is wrong; for spoilt readings it is FAULT_CLOCK_THEN
#include "fault.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace fault {

Plan plan;

namespace {

constexpr const char* kNames[kClasses] = {"write", "output", "sync",   "truncate", "rename", "exchange",
                                          "link",  "unlink", "create", "unnamed",  "open",   "folder",
                                          "mode",  "read",   "memory", "pin",      "time",   "process",
                                          "list",  "look",   "close",  "lock",     "random", "map"};
constexpr unsigned kSteps = 1U << kWrite | 1U << kSync | 1U << kTruncate | 1U << kRename | 1U << kExchange |
                            1U << kLink | 1U << kUnlink | 1U << kCreate | 1U << kUnnamed | 1U << kFolder |
                            1U << kMode;

unsigned counted_classes = kSteps;
long first = LONG_MAX, last = LONG_MAX;
std::atomic<std::uint64_t>* counts = nullptr;
const char* log_file = nullptr;
std::atomic<long> counted{0};

void note(const char* call, const char* name) {
  char line[512];
  const int size = snprintf(line, sizeof line, "%s %s\n", call, name);
  const long fd = syscall(SYS_openat, AT_FDCWD, log_file, O_WRONLY | O_CREAT | O_APPEND, 0600);
  syscall(SYS_write, fd, line, size);
  syscall(SYS_close, fd);
}

// Not by the calls that are replaced.
bool status_of(int folder, const char* name, struct stat& status) {
  return syscall(SYS_newfstatat, folder, name, &status, *name == '\0' ? AT_EMPTY_PATH : 0) == 0;
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
  if (const char* words = getenv("FAULT_CALLS"); words != nullptr) counted_classes = classes(words);
  first = number("FAULT_AT", LONG_MAX);
  last = number("FAULT_LAST", first);
  if (const char* how = getenv("FAULT_HOW"); how != nullptr) plan.how = fate(how);
  plan.error = static_cast<int>(number("FAULT_ERRNO", ENOSPC));
  plan.signal = static_cast<int>(number("FAULT_SIGNAL", SIGINT));
  plan.clock = number("FAULT_CLOCK", 0);
  plan.clock_then = number("FAULT_CLOCK_THEN", plan.clock);
  log_file = getenv("FAULT_LOG");
  if (const char* path = getenv("FAULT_COUNTS"); path != nullptr) {
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    constexpr size_t kSize = kClasses * sizeof(std::uint64_t);
    if (fd < 0 || ftruncate(fd, kSize) != 0) _exit(97);
    void* shared = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared == MAP_FAILED) _exit(97);
    counts = static_cast<std::atomic<std::uint64_t>*>(shared);
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

}  // namespace

[[noreturn]] void die() {
  kill(getpid(), SIGKILL);
  _exit(99);
}

bool is_spoilt(Class kind) {
  if (counts != nullptr) ++counts[kind];
  if ((counted_classes & 1U << kind) == 0) return false;
  const long number = ++counted;
  return number >= first && number <= last;
}

Fate step(Class kind, const char* call, const char* name) {
  if (!plan.on) return Fate::kNone;
  if (log_file != nullptr && (counted_classes & 1U << kind) != 0) note(call, name);
  return is_spoilt(kind) ? plan.how : Fate::kNone;
}

Fate step(Class kind, const char* call, int fd) {
  if (!plan.on) return Fate::kNone;
  const int error_number = errno;
  struct stat status {};
  const bool file = status_of(fd, "", status) && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
  errno = error_number;
  if (kind == kWrite && fd == STDOUT_FILENO) return step(kOutput, call, "standard output");
  if (!file) return Fate::kNone;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  char name[256] = {};
  if (syscall(SYS_readlinkat, AT_FDCWD, link, name, sizeof name - 1) < 0) name[0] = '\0';
  errno = error_number;
  return step(kind, call, name);
}

bool is_device(int folder, const char* name) {
  struct stat status {};
  const int error_number = errno;
  const bool is = status_of(folder, name, status) && S_ISCHR(status.st_mode);
  errno = error_number;
  return is;
}

}  // namespace fault

extern "C" int __libc_start_main(fault::Main* main, int argc, char** argv, void (*init)(), void (*fini)(),
                                 void (*end)(), void* stack) {
  static auto* next = fault::real<int(fault::Main*, int, char**, void (*)(), void (*)(), void (*)(), void*)>(
      "__libc_start_main");
  fault::real_main = main;
  return next(fault::counted_main, argc, argv, init, fini, end, stack);
}
