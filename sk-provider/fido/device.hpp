// One open token.
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
  std::string path;     ///< what libfido2 opens: /dev/hidraw3
  std::string product;  ///< "Yubico YubiKey OTP+FIDO+CCID"; empty if the path was configured, not found
  /// For messages: "/dev/hidraw3 (Yubico YubiKey OTP+FIDO+CCID)".
  std::string name() const;
};

class Device {
 public:
  /// Two requests: INIT and getInfo; INIT alone to a U2F token, which is one that does not claim CTAP2. A
  /// token that claims it and fails getInfo is an error, not a U2F token.
  /// @param presence told of touches for as long as the device lives; may be null.
  /// @errors kNotFound (nothing at the path) · kUnreachable (not readable, not a token, no answer)
  static Result<Device> open(const TokenPath& where, const Settings& settings, Presence* presence);

  Device(Device&&) noexcept;
  Device& operator=(Device&&) = delete;
  ~Device();

  fido_dev_t* get() const { return dev_.get(); }
  /// For requests that libfido2 has no function for; nothing of libfido2 may wait for an answer meanwhile.
  Transport& transport() { return *transport_; }
  const std::string& name() const { return transport_->name(); }
  const std::string& path() const { return path_; }
  std::chrono::seconds timeout() const { return timeout_; }
  const ctap::Info& info() const { return info_; }  ///< empty for a U2F token

  // From the getInfo of open(): none of these talks to the token.
  bool is_ctap2() const { return fido_dev_is_fido2(dev_.get()); }
  bool has_pin() const { return fido_dev_has_pin(dev_.get()); }
  bool has_user_verification() const { return fido_dev_has_uv(dev_.get()); }  ///< built in and enrolled now
  /// It signs nothing without verification (CTAP 2.1, 7.2: alwaysUv), and has to be given the PIN for that.
  bool always_wants_pin() const { return info_.option("alwaysUv") && has_pin() && !has_user_verification(); }
  bool has_cred_protect() const { return fido_dev_supports_cred_prot(dev_.get()); }

  /// The error for a libfido2 status of a request to this token, in words, with its next action. May ask the
  /// token for the PIN tries that are left (one request) and cancels a touch that is still awaited.
  Error failure(int status, std::string_view doing);

 private:
  using Dev = HandleByAddress<fido_dev_t, fido_dev_free>;
  Device(std::string path, std::unique_ptr<Transport> transport, Dev dev);

  std::string path_;
  std::unique_ptr<Transport> transport_;  // outlives dev_, whose close() still uses it
  Dev dev_;
  std::chrono::seconds timeout_{0};
  ctap::Info info_;
};

}  // namespace halligan::fido
