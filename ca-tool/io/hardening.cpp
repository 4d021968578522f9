#include "io/hardening.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

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

}  // namespace halligan::io
