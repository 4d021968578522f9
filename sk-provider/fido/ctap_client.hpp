// Requests that libfido2 has no function for, over the device that it opened: several with one proof of the
// user instead of a new one each, and credential management under either of its commands.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "ctap/cbor.hpp"
#include "ctap/pin_protocol.hpp"
#include "fido/device.hpp"
#include "fido/request.hpp"

namespace halligan::fido {

/// Bits of what a proof is good for (CTAP 2.1, 6.5.5.7).
enum Permission : std::uint8_t { kMakeCredential = 0x01, kGetAssertion = 0x02, kManageCredentials = 0x04 };

class CtapClient {
 public:
  /// CTAP2 command bytes (CTAP 2.1, section 6).
  enum Request : std::uint8_t {
    kMake = 0x01,
    kAssert = 0x02,
    kClientPin = 0x06,
    kNextAssertion = 0x08,
    kManage = 0x0a,
    kManagePreview = 0x41,
  };

  struct Reply {
    int status = 0;                    ///< a FIDO_ERR_ of libfido2, which has CTAP's numbers
    std::optional<ctap::Value> value;  ///< what came with it, if anything did
  };

  explicit CtapClient(Device& device) : device_(device) {}

  Device& device() { return device_; }

  /// @param parameters encoded CBOR
  /// @errors kUnreachable and kNeedsPerson where no answer came; what the token refuses is a Reply
  Result<Reply> ask(Request request, ByteView parameters, std::string_view doing);

  /// As ask(), with everything but success an error. @return the answer, which is a map
  Result<ctap::Value> need(Request request, ByteView parameters, std::string_view doing);

  /// Can this token give out a proof here: by the PIN in `context`, or else by its own user verification?
  static bool can_prove(const Device& device, const Context& context);

  /// Verify the user, once: two requests with a PIN.
  /// @param application bound to it; empty where `permissions` are for all of them
  /// @errors kPinRequired (a wrong PIN, too) · kNeedsPerson · kUnreachable
  Result<ctap::UserProof> prove(const Context& context, std::uint8_t permissions,
                                const std::string& application, std::string_view doing);

 private:
  Result<ctap::PinProtocol> agree(std::string_view doing);

  Device& device_;
};

}  // namespace halligan::fido
