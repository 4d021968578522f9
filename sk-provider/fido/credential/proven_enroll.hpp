// A resident key with one proof of the user for both requests that it takes: to look whether there is one
// already, and to make it. libfido2 would ask for a proof each time: two more requests, and with a
// fingerprint a second gesture.
#pragma once

#include <fido.h>

#include <vector>

#include "fido/ctap_client.hpp"

namespace halligan::fido {

struct KeyUser {
  Bytes id;
  std::string display_name;  ///< empty where the token does not tell
};

class ProvenEnroll {
 public:
  /// Verify the user. @errors as CtapClient::prove()
  static Result<ProvenEnroll> begin(CtapClient& client, const Context& context,
                                    const std::string& application);

  /// Whose resident keys of the application there are; no touch.
  Result<std::vector<KeyUser>> users();

  /// Make the key that is described by `cred`, and by `user`, `name` and `display_name`, which libfido2 does
  /// not give back; `cred` then holds the answer, unverified.
  Result<> make(fido_cred_t* cred, ByteView user, const std::string& name, const std::string& display_name,
                int protection);

 private:
  ProvenEnroll(CtapClient& client, ctap::UserProof proof, std::string application)
      : client_(client), proof_(std::move(proof)), application_(std::move(application)) {}

  CtapClient& client_;
  ctap::UserProof proof_;
  std::string application_;
};

}  // namespace halligan::fido
