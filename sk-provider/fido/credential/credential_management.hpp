// Resident keys as the token stores them, with one pinUvAuthToken for all requests. Read only: what changes
// them is not part of the provider.
// @source CTAP 2.1, 6.8: authenticatorCredentialManagement
#pragma once

#include <string>
#include <vector>

#include "ctap/digest.hpp"
#include "fido/ctap_client.hpp"

namespace halligan::fido {

struct StoredApplication {
  std::string name;  ///< relying party ID
  ctap::Hash hash{};
  bool cut = false;  ///< the token stored only the beginning of the name
};

class CredentialManagement {
 public:
  /// The token that can do it, as open_token(). Some can that do not announce it: they are asked, as
  /// OpenSSH's own support does, if no token announces it and there is a PIN.
  /// @errors as open_token() · kUnsupported (no credential management, no PIN set) · kPinRequired
  static Result<Device> open(const Context& context);

  /// Does getInfo announce it? Then the keys are listed without a signature, which would count.
  static bool is_announced(const Device& device);

  /// With a token that permits it already. @param client outlives the result
  CredentialManagement(CtapClient& client, ctap::PinUvAuthToken token);

  /// Check, and verify the user. @param client outlives the result
  /// @errors kUnsupported and kPinRequired as open() · as CtapClient::pin_uv_auth_token()
  static Result<CredentialManagement> begin(CtapClient& client, const Context& context);

  /// One request for each of them. @errors kUnsupported (it is not announced, and not there)
  Result<std::vector<StoredApplication>> applications();
  /// Likewise. What is missing in a key is empty in it; it does not keep the others back.
  Result<std::vector<ResidentKey>> keys_of(const StoredApplication& application);

  /// One request with the pinUvAuthToken. @param parameters encoded CBOR, or empty
  Result<CtapClient::Reply> ask(std::uint8_t subcommand, const Bytes& parameters, std::string_view doing);

  /// The preview of before CTAP 2.1 lists and deletes only.
  bool is_preview() const { return command_ == CtapClient::kManagePreview; }

  const ctap::PinUvAuthToken& token() const { return token_; }

 private:
  template <typename Item>
  Result<std::vector<Item>> enumerate(std::uint8_t first, const Bytes& parameters, int total_key,
                                      Result<Item> (*decode)(const ctap::Value&, const Device&));

  CtapClient* client_;
  ctap::PinUvAuthToken token_;
  CtapClient::Request command_;
};

/// As resident_keys_of(), on this token.
Result<std::vector<ResidentKey>> resident_keys_on(CtapClient& client, const Context& context,
                                                  const std::string& application);

}  // namespace halligan::fido
