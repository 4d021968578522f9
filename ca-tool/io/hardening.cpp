#include "io/hardening.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define HALLIGAN_UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HALLIGAN_UNDER_ASAN 1
#endif
#endif

namespace halligan::io {

void harden_process() {
  const struct rlimit none { 0, 0 };
  ::setrlimit(RLIMIT_CORE, &none);
#ifndef HALLIGAN_UNDER_ASAN
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

bool hold_standard_descriptors() {
  while (true) {
    // The lowest that is free: those below are open. It fits none of its uses, so that what is read from it
    // or written to it fails, as it would have while it was closed.
    const int lowest =
        ::fcntl(STDIN_FILENO, F_GETFD) == -1 ? ::open("/dev/null", O_WRONLY) : ::open("/dev/null", O_RDONLY);
    if (lowest < 0) return false;
    if (lowest > STDERR_FILENO) return ::close(lowest) == 0;
  }
}

}  // namespace halligan::io
