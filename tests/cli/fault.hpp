// How calls of the C library are spoilt: the plan, and what each replaced call asks it.
#pragma once

#include <dlfcn.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <csignal>

#include <unistd.h>

namespace fault {

enum Class {
  kWrite,
  kOutput,
  kSync,
  kTruncate,
  kRename,
  kExchange,
  kLink,
  kUnlink,
  kCreate,
  kUnnamed,
  kOpen,
  kFolder,
  kMode,
  kRead,
  kMemory,
  kPin,
  kTime,
  kProcess,
  kList,
  kLook,
  kClose,
  kLock,
  kRandom,
  kMap,
  kClasses
};

enum class Fate { kNone, kBefore, kAfter, kTorn, kFail, kShort, kSignal };

struct Plan {
  bool on = false;  // from main() on, in the program that is meant
  Fate how = Fate::kNone;
  int error = 0, signal = 0;
  long clock = 0, clock_then = 0;
};
extern Plan plan;

[[noreturn]] void die();

// Counts one call. Is it one of those to be spoilt?
bool is_spoilt(Class kind);
// What becomes of this call. @param name of its file
Fate step(Class kind, const char* call, const char* name);
// Of files and folders, and of standard output whatever it is: not of terminals, tokens and other programs.
Fate step(Class kind, const char* call, int fd);
// Is it a token, a terminal or the like?
bool is_device(int folder, const char* name);

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

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace fault

// What libraries that support large files on 32 bits call it.
#define FAULT_ALSO(name) __asm__(".globl " #name "64\n.set " #name "64, " #name)
