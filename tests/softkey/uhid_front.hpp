// A token as a USB HID device of the kernel: /dev/uhid makes a hidraw node that programs enumerate like any
// other.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "softkey/front.hpp"

namespace halligan::softkey {

/// How the device calls itself towards the kernel.
struct UhidIdentity {
  std::string name;    ///< HID_NAME in sysfs; 1..127 printable bytes
  std::string serial;  ///< HID_UNIQ; at most 63 printable bytes
};

class UhidFront : public Front {
 public:
  /// Plug in: the node is there, mode as udev or devtmpfs makes it, when this returns.
  /// @errors kUnreachable (no /dev/uhid, no permission, the kernel made no node) · kUsage (a name that does
  /// not fit)
  static Result<UhidFront> plug_in(const UhidIdentity& identity);

  UhidFront(UhidFront&& other) noexcept : fd_(std::exchange(other.fd_, -1)), node_(std::move(other.node_)) {}
  UhidFront& operator=(UhidFront&&) = delete;
  /// Pulls out: the kernel destroys the device with its last file descriptor.
  ~UhidFront() override;

  const std::string& path() const override { return node_; }
  int fd() const override { return fd_; }
  Result<> receive(std::int64_t now_ms, const std::function<void(const Report&)>& report) override;
  void send(const Report& report) override;
  /// Nothing: each opener of a hidraw node has a queue of its own, which goes with it.
  void discard_unread() override {}

 private:
  explicit UhidFront(int fd) : fd_(fd) {}
  Result<> wait_for_node(const std::string& phys);
  int fd_;
  std::string node_;
};

/// The node of the hidraw device whose HID_PHYS is `phys`, or nothing.
/// @param hidraw the folder /sys/class/hidraw
std::optional<std::string> node_of(const std::filesystem::path& hidraw, const std::string& phys);

}  // namespace halligan::softkey
