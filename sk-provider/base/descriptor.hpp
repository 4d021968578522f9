// An owned file descriptor.
#pragma once

#include <unistd.h>

#include <optional>
#include <string>
#include <utility>

namespace halligan {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }
  /// It is the caller's to close from here on.
  int release() { return std::exchange(fd_, -1); }
  void reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

/// Everything up to the end of the file, at most `limit` bytes. Nothing, with errno set, if reading fails or
/// there is more (EFBIG).
std::optional<std::string> read_all(const Descriptor& file, std::size_t limit);

}  // namespace halligan
