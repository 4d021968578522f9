// The card's side of vsmartcard's vpcd, a reader of pcscd whose slots are TCP ports: frames of a length of
// two bytes, big-endian, and as many bytes; a frame of one byte is the reader's own word.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "softkey/card/applet.hpp"

namespace halligan::softkey {

enum class ReaderWord : std::uint8_t { kPowerOff = 0, kPowerOn = 1, kReset = 2, kGetAtr = 4 };

/// A stream of bytes cut into frames. Pure.
class FrameStream {
 public:
  void receive(ByteView data, const std::function<void(ByteView frame)>& frame);

 private:
  Bytes pending_;
};

/// @param frame at most 65535 bytes
Bytes encode_frame(ByteView frame);

class VpcdFront {
 public:
  /// @param address HOST:PORT. @errors kUsage, kUnreachable: no reader listens there
  static Result<VpcdFront> connect(const std::string& address);
  VpcdFront(VpcdFront&& other) noexcept;
  VpcdFront& operator=(VpcdFront&&) = delete;
  ~VpcdFront();

  const std::string& address() const { return address_; }
  /// −1 while the card is out.
  int fd() const { return fd_; }
  /// @errors kUnreachable: the reader is gone
  Result<> receive(const std::function<void(ByteView frame)>& frame);
  void send(ByteView frame, FrameFault fault);

  /// Out of the reader.
  void pull();
  /// Into it again. @errors kUnreachable
  Result<> put_in();

 private:
  explicit VpcdFront(std::string address) : address_(std::move(address)) {}
  std::string address_;
  int fd_ = -1;
  FrameStream stream_;
};

}  // namespace halligan::softkey
