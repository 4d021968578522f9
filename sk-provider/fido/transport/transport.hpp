// Messages to and from an open token, for libfido2 and for our own CTAP requests. It replaces libfido2's
// transport, which reports neither why an answer is missing nor that the token waits for a touch, cannot be
// interrupted, and does not support cards.
#pragma once

#include <fido.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "fido/presence/presence.hpp"

namespace halligan::fido {

/// CTAPHID commands (CTAP 2.1, 11.2.9), used as the names of messages on every transport.
enum class Command : std::uint8_t {
  kMessage = 0x03,  ///< a U2F APDU
  kInit = 0x06,     ///< a nonce of 8 bytes; the answer has 17 bytes and begins with it
  kWink = 0x08,
  kCbor = 0x10,  ///< a CTAP2 request; the answer is a status byte and CBOR
  kCancel = 0x11,
};

/// For what needs no person, a token that says nothing for so long hangs.
inline constexpr std::chrono::milliseconds kPromptAnswer{2000};

class Transport {
 public:
  /// Why the last message failed; kNone: it did not, or the answer was invalid.
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
  /// @param body receives it; a longer answer is invalid
  /// @return its length; nothing, with fault() set, if there is none
  virtual std::optional<std::size_t> receive(Command command, std::span<std::uint8_t> body,
                                             std::chrono::milliseconds patience) = 0;

  /// send() and receive() for libfido2. A U2F token has to be polled until it is touched; that is done in
  /// here, so that such a touch is announced, cancelled and timed out like any other.
  bool ask(Command command, ByteView body);
  std::optional<std::size_t> answer(Command command, std::span<std::uint8_t> body,
                                    std::chrono::milliseconds patience);

  /// While it lives, requests need no person: a token that is silent for kPromptAnswer has failed.
  class Prompt {
   public:
    explicit Prompt(Transport& transport) : transport_(transport), before_(transport.prompt_) {
      transport_.prompt_ = true;
    }
    ~Prompt() { transport_.prompt_ = before_; }
    Prompt(const Prompt&) = delete;
    Prompt& operator=(const Prompt&) = delete;

   private:
    Transport& transport_;
    bool before_;
  };

  void report_to(Presence* presence) { presence_ = presence; }

  Fault fault() const { return fault_; }
  /// errno of the failed open(2), EBUSY if another process kept the token; 0 after success.
  int open_error() const { return open_error_; }
  /// The last request waits, or waited until it failed, for a touch.
  bool touch_awaited() const { return touch_awaited_; }
  const std::string& name() const { return name_; }
  /// It announced CTAP2 and does not know authenticatorGetInfo: a U2F token of the time before (YubiKey 4).
  bool speaks_no_ctap2() const { return speaks_no_ctap2_; }
  /// The answer to libfido2's authenticatorGetInfo, as CBOR.
  ByteView info() const { return info_; }

 protected:
  void tell_presence(std::chrono::steady_clock::time_point deadline);
  /// The wait ended with an answer.
  void touch_came();
  /// The wait ended without an answer; touch_awaited() stays.
  void touch_missed();
  /// How long to wait for something from the token, at most until `end`.
  std::chrono::steady_clock::time_point prompt_end(std::chrono::steady_clock::time_point end) const {
    return prompt_ ? std::min(end, std::chrono::steady_clock::now() + kPromptAnswer) : end;
  }
  bool cancelled() const { return presence_ != nullptr && presence_->cancelled(); }

  Fault fault_ = Fault::kNone;
  int hid_error_ = 0;  ///< the code of a CTAPHID ERROR that was the last answer
  int open_error_ = 0;
  bool touch_awaited_ = false;

 private:
  friend struct LibfidoFunctions;
  std::optional<std::size_t> give_up(Fault why);

  std::string name_;
  Presence* presence_;
  bool prompt_ = false;
  bool info_asked_ = false;
  bool speaks_no_ctap2_ = false;
  Bytes info_;
  Bytes u2f_request_;       // one that requires a touch; empty: the last request does not
  bool u2f_again_ = false;  // the answer was "not yet": send it again
  bool u2f_waits_ = false;  // the answer was "not yet" at least once
};

/// Make libfido2 use a transport: call it on a new device, then fido_dev_open() on the same thread with no
/// other call of libfido2 in between. The transport must outlive the open device.
/// @return a libfido2 status
int attach(fido_dev_t* device, Transport& transport);

}  // namespace halligan::fido
