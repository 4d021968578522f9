// Makes a resident key with one pinUvAuthToken for both requests that this takes: to look whether there is
// one already, and to make it. libfido2 would ask for a token each time: two more requests, and with a
// fingerprint a second gesture.
#pragma once

#include <fido.h>

#include <functional>
#include <vector>

#include "fido/credential/credential_management.hpp"

namespace halligan::fido {

struct KeyUser {
  Bytes id;
  std::string display_name;  ///< empty if not reported
  std::string fingerprint;   ///< "SHA256:…"; empty likewise
};

class ResidentEnroll {
 public:
  /// Verify the user. @errors as CtapClient::pin_uv_auth_token()
  static Result<ResidentEnroll> begin(CtapClient& client, const Context& context,
                                      const std::string& application);

  /// The users of the resident keys of the application; no touch. A token without credential management signs
  /// for each of them, and counts: `counted` is given each counter.
  Result<std::vector<KeyUser>> users(const std::function<void(std::uint32_t)>& counted);

  /// Make the key that `cred` describes, with `user`, `name` and `display_name`, which libfido2 does not give
  /// back; `cred` then holds the answer, unverified.
  Result<> make(fido_cred_t* cred, ByteView user, const std::string& name, const std::string& display_name,
                int protection);

 private:
  ResidentEnroll(CtapClient& client, ctap::PinUvAuthToken token, std::string application)
      : client_(client), management_(client, std::move(token)), application_(std::move(application)) {}

  Result<std::vector<KeyUser>> listed();

  CtapClient& client_;
  CredentialManagement management_;
  std::string application_;
};

}  // namespace halligan::fido
