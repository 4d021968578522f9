// Resident keys as the token keeps them: authenticatorCredentialManagement (CTAP 2.1, 6.8), with one proof of
// the user for all of its requests.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "fido/ctap_client.hpp"

namespace halligan::fido {

struct StoredApplication {
  std::string id;  ///< may be cut short by the token
  std::array<std::uint8_t, 32> hash{};
};

struct StoredCount {
  std::uint64_t existing = 0;
  std::uint64_t remaining = 0;
};

struct StoredCredential {
  Bytes id;
  Bytes user_id;
  std::string user_name;  ///< as the token sent it, even if it is not UTF-8; so is the next
  std::string display_name;
  std::int64_t cose_algorithm = 0;
  /// 65 bytes 04‖X‖Y of P-256, 32 bytes of Ed25519; empty for keys of another kind.
  Bytes public_key;
  int protection = 0;  ///< credProtect level; 0 if the token does not tell
};

class CredentialManagement {
 public:
  /// Has the token this at all, under either command?
  static bool possible(const Device& device);

  /// @param proof with kManageCredentials, for all applications
  CredentialManagement(CtapClient& client, const ctap::UserProof& proof);

  /// One request for each of them.
  Result<std::vector<StoredApplication>> applications();
  /// One request for each of them.
  Result<std::vector<StoredCredential>> credentials(const std::array<std::uint8_t, 32>& application_hash);

  Result<StoredCount> count();

  /// updateUserInformation is no part of the preview.
  bool can_rename() const { return command_ == CtapClient::kManage; }
  /// Give the user of this credential these names; an empty one is removed. @errors kNotFound
  Result<> rename(const StoredCredential& credential);
  /// @errors kNotFound
  Result<> remove(const Bytes& id);

 private:
  enum Subcommand : std::uint8_t {
    kCount = 0x01,
    kFirstApplication = 0x02,
    kNextApplication = 0x03,
    kFirstCredential = 0x04,
    kNextCredential = 0x05,
    kRemove = 0x06,
    kRename = 0x07,
  };

  /// With the proof.
  Result<CtapClient::Reply> prove(Subcommand subcommand, const Bytes& parameters, std::string_view doing);
  /// Nothing if there are no credentials.
  Result<std::optional<ctap::Value>> begin(Subcommand subcommand, const Bytes& parameters,
                                           std::string_view doing);
  Result<> change(Subcommand subcommand, const Bytes& parameters, std::string_view doing);
  Result<ctap::Value> next(Subcommand subcommand, std::string_view doing);
  Result<std::size_t> total(const ctap::Value& first, int key, std::string_view doing) const;

  CtapClient& client_;
  const ctap::UserProof& proof_;
  CtapClient::Request command_;
};

}  // namespace halligan::fido
