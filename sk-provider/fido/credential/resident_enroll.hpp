// Makes a resident key with one pinUvAuthToken for both requests that this takes: to look whether there is
// one already, and to make it. libfido2 would ask for a token each time: two more requests, and with a
// fingerprint a second gesture.
#pragma once

#include <fido.h>

#include <vector>

#include "fido/ctap_client.hpp"

namespace halligan::fido {

struct KeyUser {
  Bytes id;
  std::string display_name;  ///< empty if not reported
};

class ResidentEnroll {
 public:
  /// Verify the user. @errors as CtapClient::pin_uv_auth_token()
  static Result<ResidentEnroll> begin(CtapClient& client, const Context& context,
                                      const std::string& application);

  /// The users of the resident keys of the application; no touch.
  Result<std::vector<KeyUser>> users();

  /// Make the key that `cred` describes, with `user`, `name` and `display_name`, which libfido2 does not give
  /// back; `cred` then holds the answer, unverified.
  Result<> make(fido_cred_t* cred, ByteView user, const std::string& name, const std::string& display_name,
                int protection);

 private:
  ResidentEnroll(CtapClient& client, ctap::PinUvAuthToken token, std::string application)
      : client_(client), token_(std::move(token)), application_(std::move(application)) {}

  CtapClient& client_;
  ctap::PinUvAuthToken token_;
  std::string application_;
};

}  // namespace halligan::fido
