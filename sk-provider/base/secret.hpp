// Secrets: PINs and private keys, in a fixed-size buffer that cannot be copied, is locked in memory, and is
// wiped whenever it lets go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.hpp"

namespace halligan {

/// Keep these bytes out of swap and of core dumps, as far as the system lets us (RLIMIT_MEMLOCK): the pages
/// that they are in stay so.
void lock_memory(const void* begin, std::size_t size) noexcept;

/// Up to `Capacity` secret bytes and a terminating NUL. Moving wipes the source; nothing ever reallocates.
/// The buffer is inline: keep a Secret on the stack or in an object that does not move memory by itself.
template <std::size_t Capacity>
class Secret {
 public:
  static constexpr std::size_t kCapacity = Capacity;

  Secret() {
    lock_memory(data_, sizeof data_);
    wipe();
  }
  ~Secret() { wipe(); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept : Secret() { take(other); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) take(other);
    return *this;
  }

  /// False, with nothing added, if it does not fit.
  [[nodiscard]] bool append(ByteView more) {
    if (more.size() > Capacity - size_) return false;
    if (!more.empty()) std::memcpy(data_ + size_, more.data(), more.size());
    size_ += more.size();
    return true;
  }
  [[nodiscard]] bool append(std::uint8_t byte) { return append(ByteView(&byte, 1)); }

  /// Grow or shrink; new bytes are zero, dropped ones are wiped. False, unchanged, if it does not fit.
  [[nodiscard]] bool resize(std::size_t size) {
    if (size > Capacity) return false;
    // The bytes after size_ are zero anyway; with Capacity as the end, g++ 12 sees that it is in bounds.
    if (size < size_) explicit_bzero(data_ + size, Capacity - size);
    size_ = size;
    return true;
  }

  void wipe() {
    explicit_bzero(data_, sizeof data_);
    size_ = 0;
  }

  std::uint8_t* data() { return data_; }
  const std::uint8_t* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  ByteView view() const { return {data_, size_}; }
  /// For C interfaces: always ends in NUL, may hold others inside.
  const char* c_str() const { return reinterpret_cast<const char*>(data_); }

 private:
  void take(Secret& other) {
    std::memcpy(data_, other.data_, sizeof data_);
    size_ = other.size_;
    other.wipe();
  }

  std::uint8_t data_[Capacity + 1];
  std::size_t size_ = 0;
};

/// A FIDO2 PIN: 4 code points to 63 bytes of UTF-8 (CTAP 2.1, 6.5.1), with room to notice that it is too
/// long.
using Pin = Secret<255>;

/// A private key in any file form that we write.
using KeyText = Secret<16384>;

}  // namespace halligan
