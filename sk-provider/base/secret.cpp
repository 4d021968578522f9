#include "base/secret.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace halligan {

// Not unlocked again: a page may hold several secrets, and the stack of one function is that of the next.
void lock_memory(const void* begin, std::size_t size) noexcept {
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<std::uintptr_t>(begin);
  const std::uintptr_t first = address & ~(page - 1);
  const int error_number = errno;  // whoever makes a secret looks at it later
  ::mlock(begin, size);
  ::madvise(reinterpret_cast<void*>(first), address + size - first, MADV_DONTDUMP);
  errno = error_number;
}

}  // namespace halligan
