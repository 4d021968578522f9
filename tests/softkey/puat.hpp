// The state of the pinUvAuthToken that is in use, if one is. @source CTAP 2.1, section 6.5.2.1
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace halligan::softkey {

/// What a token may be used for; bits of `permissions`. @source CTAP 2.1, section 6.5.5.7
enum Permission : std::uint8_t {
  kMakeCredential = 0x01,
  kGetAssertion = 0x02,
  kCredentialManagement = 0x04,
  kBioEnrollment = 0x08,
  kLargeBlobWrite = 0x10,
  kAuthenticatorConfig = 0x20,
};

class PinUvAuthToken {
 public:
  /// @param present a touch was part of getting it (built-in user verification)
  void begin(int protocol, std::uint8_t permissions, std::string rp_id, bool present, std::int64_t now_ms);
  void stop() { *this = PinUvAuthToken(); }
  /// Enforce the time limits; to be called before anything is asked.
  void expire(std::int64_t now_ms);

  bool in_use() const { return in_use_; }
  int protocol() const { return protocol_; }
  bool allows(std::uint8_t permission) const { return in_use_ && (permissions_ & permission) != 0; }
  bool user_present() const { return in_use_ && present_; }
  bool user_verified() const { return in_use_ && verified_; }
  const std::string& rp_id() const { return rp_id_; }  ///< empty: not bound
  void mark_used() { used_ = true; }
  void bind(std::string_view rp_id) { rp_id_ = rp_id; }
  /// One touch is good for one operation: presence, verification and all permissions but large blobs end with
  /// it.
  void spend();

 private:
  bool in_use_ = false;
  int protocol_ = 0;
  std::uint8_t permissions_ = 0;
  std::string rp_id_;
  bool present_ = false;
  bool verified_ = false;
  bool used_ = false;
  std::int64_t began_ms_ = 0;
};

}  // namespace halligan::softkey
