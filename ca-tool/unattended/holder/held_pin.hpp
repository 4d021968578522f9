// A PIN on a page of memory of its own.
#pragma once

#include <utility>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace halligan::unattended {

/// The page is one of memfd_secret(2), which the kernel itself cannot read for others: it is in no swap, no
/// core dump and no /proc/PID/mem, root's included. Where the kernel has none, or has it switched off, the
/// page is locked in memory and left out of core dumps.
class HeldPin {
 public:
  /// An empty one. @errors kUnreachable (neither kind of page: RLIMIT_MEMLOCK)
  static Result<HeldPin> make();

  ~HeldPin() { wipe(); }
  HeldPin(HeldPin&& other) noexcept
      : pin_(std::exchange(other.pin_, nullptr)), size_(other.size_), hidden_(other.hidden_) {}
  HeldPin& operator=(HeldPin&&) = delete;
  HeldPin(const HeldPin&) = delete;
  HeldPin& operator=(const HeldPin&) = delete;

  void put(Pin&& pin) { *pin_ = std::move(pin); }
  /// Null once it is wiped.
  const Pin* get() const { return pin_; }
  bool is_hidden() const { return hidden_; }

  /// In the process that keeps it, after a fork: locks are not inherited. @errors as make()
  Result<> keep();
  /// In the other process: without a wipe, for the page is shared.
  void leave();
  void wipe();

 private:
  HeldPin(Pin* pin, std::size_t size, bool hidden) : pin_(pin), size_(size), hidden_(hidden) {}

  Pin* pin_;
  std::size_t size_;
  bool hidden_;
};

}  // namespace halligan::unattended
