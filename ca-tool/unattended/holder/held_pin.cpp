#include "unattended/holder/held_pin.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "base/descriptor.hpp"
#include "io/signals.hpp"

namespace halligan::unattended {
namespace {

Failure no_page(int error_number) {
  return fail(errno_error(Code::kUnreachable, "cannot lock memory for the PIN", error_number),
              "raise the limit of locked memory: ulimit -l");
}

void* secret_page(std::size_t size) {
#ifdef SYS_memfd_secret
  constexpr unsigned long kCloseOnExec = O_CLOEXEC;
  const io::SignalHold no_file_size_signal(io::kNoSignals);  // the limit of a file's size is also this one's
  const Descriptor memory(static_cast<int>(::syscall(SYS_memfd_secret, kCloseOnExec)));
  if (!memory || ::ftruncate(memory.get(), static_cast<off_t>(size)) != 0) return MAP_FAILED;
  return ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
#else
  (void)size;
  return MAP_FAILED;
#endif
}

}  // namespace

Result<HeldPin> HeldPin::make() {
  const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  static_assert(sizeof(Pin) <= 4096);
  void* page = secret_page(size);
  const bool hidden = page != MAP_FAILED;
  // Shared all the same: until the holder has locked it, it is locked here.
  if (!hidden) page = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return no_page(errno);
  if (!hidden && (::mlock(page, size) != 0 || ::madvise(page, size, MADV_DONTDUMP) != 0)) {
    const int why = errno;
    ::munmap(page, size);
    return no_page(why);
  }
  return HeldPin(new (page) Pin, size, hidden);
}

Result<> HeldPin::keep() {
  if (!hidden_ && ::mlock(pin_, size_) != 0) return no_page(errno);
  if (::madvise(pin_, size_, MADV_DONTFORK) != 0) return no_page(errno);
  return {};
}

void HeldPin::leave() {
  if (pin_ != nullptr) ::munmap(pin_, size_);
  pin_ = nullptr;
}

void HeldPin::wipe() {
  if (pin_ == nullptr) return;
  pin_->~Pin();  // wipes it
  leave();
}

}  // namespace halligan::unattended
