// Whole messages to and from one open token, under libfido2 and under our own CTAP requests alike. Ours and
// not libfido2's, because its own tells neither why an answer failed to come nor that the token waits for a
// touch, cannot be interrupted, and knows no cards.
#pragma once

#include <fido.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "fido/presence/presence.hpp"

namespace halligan::fido {

/// CTAPHID commands (CTAP 2.1, 11.2.9), which name the messages on every transport.
enum class Command : std::uint8_t {
  kMessage = 0x03,  ///< a U2F APDU
  kInit = 0x06,     ///< 8 bytes of nonce; the answer has 17 bytes and begins with them
  kWink = 0x08,
  kCbor = 0x10,  ///< a CTAP2 request; the answer is a status byte and CBOR
  kCancel = 0x11,
};

class Transport {
 public:
  /// Why the last message did not come through; kNone also stands for an answer that is no answer.
  enum class Fault { kNone, kTimeout, kGone, kCancelled, kBusy, kGarbled };

  Transport(std::string name, Presence* presence) : name_(std::move(name)), presence_(presence) {}
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  /// @return false with open_error() set
  virtual bool open(const char* path) = 0;
  virtual void close() = 0;

  /// @return false with fault() set
  virtual bool send(Command command, ByteView body) = 0;

  /// The answer to the last request.
  /// @param body where it goes; an answer that is longer is no answer
  /// @return its length; nothing if it did not come, with fault() set
  virtual std::optional<std::size_t> receive(Command command, std::span<std::uint8_t> body,
                                             std::chrono::milliseconds patience) = 0;

  /// send() and receive() for libfido2, which waits for a touch of a U2F token by asking it again and again:
  /// that is done in here, so that such a touch is told, called off and given up as any other.
  bool ask(Command command, ByteView body);
  std::optional<std::size_t> answer(Command command, std::span<std::uint8_t> body,
                                    std::chrono::milliseconds patience);

  Fault fault() const { return fault_; }
  /// errno of the failed open(2), EBUSY if another process kept the token; 0 if it worked.
  int open_error() const { return open_error_; }
  /// The last request waits, or waited until it failed, for a touch.
  bool touch_awaited() const { return touch_awaited_; }
  const std::string& name() const { return name_; }
  /// The answer to libfido2's authenticatorGetInfo, as CBOR: asked for once, used by both.
  ByteView info() const { return info_; }

 protected:
  void tell_presence(std::chrono::steady_clock::time_point deadline);
  /// The wait ended with a touch or another answer.
  void touch_came();
  /// The wait ended with nothing: it is still told that it was for a touch.
  void touch_missed();
  bool cancelled() const { return presence_ != nullptr && presence_->cancelled(); }

  Fault fault_ = Fault::kNone;
  int open_error_ = 0;
  bool touch_awaited_ = false;

 private:
  friend struct LibfidoFunctions;
  std::optional<std::size_t> give_up(Fault why);

  std::string name_;
  Presence* presence_;
  bool info_asked_ = false;
  Bytes info_;
  Bytes u2f_request_;       // that wants a touch; empty: the last request is another
  bool u2f_again_ = false;  // it was answered with "not yet", and has to be asked again
  bool u2f_waits_ = false;  // it was answered so at least once
};

/// Make libfido2 use a transport: to be called on a new device, and followed by fido_dev_open() on the same
/// thread with nothing else of libfido2 in between. The transport must live until the device is closed.
/// @return a libfido2 status
int attach(fido_dev_t* device, Transport& transport);

}  // namespace halligan::fido
