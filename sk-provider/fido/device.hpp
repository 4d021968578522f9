// An open token.
#pragma once

#include <fido.h>
#include <memory>
#include <string>
#include <string_view>

#include "base/handle.hpp"
#include "base/result.hpp"
#include "ctap/info.hpp"
#include "fido/discovery/settings.hpp"
#include "fido/presence/presence.hpp"
#include "fido/transport/transport.hpp"

namespace halligan::fido {

/// Where a token is, before it is open.
struct TokenPath {
  std::string path;     ///< /dev/hidraw3
  std::string product;  ///< "Yubico YubiKey OTP+FIDO+CCID"; empty if the path was configured, not found
  std::string
      named_by{};  ///< where it was configured, see Settings::devices_from; empty for an option or none
  /// For messages: "/dev/hidraw3 (Yubico YubiKey OTP+FIDO+CCID)".
  std::string name() const;
};

class Device {
 public:
  /// Two requests, to be answered promptly: INIT and getInfo; INIT alone to a U2F token, which is one that
  /// does not announce CTAP2. A token that announces it and fails getInfo is an error, not a U2F token,
  /// unless it says that it does not know that request.
  /// @param presence shows touches for as long as the device lives; may be null.
  /// @errors kNotFound (nothing at the path) · kUnreachable (no permission, not a token, no answer)
  static Result<Device> open(const TokenPath& where, const Settings& settings, Presence* presence);

  Device(Device&&) noexcept;
  Device& operator=(Device&&) = delete;
  /// Cancels a touch that the token still waits for.
  ~Device();

  fido_dev_t* get() const { return dev_.get(); }
  /// For requests that libfido2 has no function for; no request of libfido2 may be pending.
  Transport& transport() const { return *transport_; }
  /// Who is shown touches and can cancel from now on; may be null, and outlives the device.
  void report_to(Presence* presence) { transport_->report_to(presence); }
  const std::string& name() const { return transport_->name(); }
  const std::string& path() const { return path_; }
  std::chrono::seconds timeout() const { return timeout_; }
  const ctap::Info& info() const { return info_; }  ///< empty for a U2F token

  // From the getInfo of open(): none of these talks to the token.
  bool is_ctap2() const { return fido_dev_is_fido2(dev_.get()); }
  bool has_pin() const { return fido_dev_has_pin(dev_.get()); }
  bool has_user_verification() const { return fido_dev_has_uv(dev_.get()); }  ///< built in and enrolled now
  /// It does nothing without verification (CTAP 2.1, 7.2: alwaysUv), which takes the PIN.
  bool always_wants_pin() const { return info_.has("alwaysUv") && has_pin() && !has_user_verification(); }
  bool has_cred_protect() const { return fido_dev_supports_cred_prot(dev_.get()); }

  /// The PIN tries that are left, if this status of a request means that the PIN was wrong, which takes a
  /// request; otherwise, or if the token does not report them, -1.
  int pin_tries_after(int status) const;

  /// The error for a libfido2 status of a request to this token, with its next action.
  Error failure(int status, std::string_view doing, int pin_tries_left = -1) const;

 private:
  using Dev = HandleByAddress<fido_dev_t, fido_dev_free>;
  Device(std::string path, std::unique_ptr<Transport> transport, Dev dev);
  static Result<Device> open_once(const TokenPath& where, const Settings& settings, Presence* presence,
                                  bool& only_u2f);

  std::string path_;
  std::unique_ptr<Transport> transport_;  // outlives dev_, whose close() still uses it
  Dev dev_;
  std::chrono::seconds timeout_{0};
  ctap::Info info_;
};

}  // namespace halligan::fido
