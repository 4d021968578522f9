// Requests that libfido2 has no function for, on the device that it opened: several with one pinUvAuthToken
// instead of one each, and credential management under either of its commands.
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

/// Permissions of a pinUvAuthToken (CTAP 2.1, 6.5.5.7).
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

  enum class Waits : bool { kNo, kForPerson };

  struct Reply {
    int status = 0;     ///< a FIDO_ERR_ of libfido2, which has CTAP's numbers
    ctap::Value value;  ///< the rest of the answer, if there is any
  };

  explicit CtapClient(Device& device) : device_(device) {}

  Device& device() { return device_; }

  /// @param parameters encoded CBOR
  /// @errors kUnreachable and kNeedsPerson without an answer; a status other than success is a Reply
  /// @param waits for a person: a touch, a finger. Otherwise the answer must come promptly.
  Result<Reply> ask(Request request, ByteView parameters, std::string_view doing, Waits waits = Waits::kNo);

  /// As ask(), with any status but success an error. @return the answer, which is a map
  Result<ctap::Value> need(Request request, ByteView parameters, std::string_view doing,
                           Waits waits = Waits::kNo);

  /// Can this token issue a pinUvAuthToken: by the PIN in `context`, or else by built-in user verification?
  static bool can_verify(const Device& device, const Context& context);

  /// Verify the user, once: two requests with a PIN.
  /// @param application that it is bound to; empty: `permissions` are for all of them
  /// @errors kPinRequired (also for a wrong PIN) · kNeedsPerson · kUnreachable
  Result<ctap::PinUvAuthToken> pin_uv_auth_token(const Context& context, std::uint8_t permissions,
                                                 const std::string& application, std::string_view doing);

 private:
  Result<ctap::PinProtocol> agree(std::string_view doing);

  Device& device_;
};

}  // namespace halligan::fido
