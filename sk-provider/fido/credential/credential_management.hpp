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
  /// What getInfo says about it. @errors kUnsupported (no credential management, no PIN set) · kPinRequired
  static Result<> check_possible(const Device& device, const Context& context);

  /// Does getInfo offer it? Then the keys are listed without a signature, which would count.
  static bool is_offered(const Device& device);

  /// With a token that permits it already. @param client outlives the result
  CredentialManagement(CtapClient& client, ctap::PinUvAuthToken token);

  /// Check, and verify the user. @param client outlives the result
  /// @errors as check_possible() and CtapClient::pin_uv_auth_token()
  static Result<CredentialManagement> begin(CtapClient& client, const Context& context);

  /// One request for each of them.
  Result<std::vector<StoredApplication>> applications();
  /// One request for each of them.
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
