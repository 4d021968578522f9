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
    // open() returns the lowest free number. The mode is the wrong one for its use, so that reading or
    // writing fails, as it would have while it was closed.
    const int lowest =
        ::fcntl(STDIN_FILENO, F_GETFD) == -1 ? ::open("/dev/null", O_WRONLY) : ::open("/dev/null", O_RDONLY);
    if (lowest < 0) return false;
    if (lowest > STDERR_FILENO) return ::close(lowest) == 0;
  }
}

}  // namespace halligan::io
