// Making, co-signing and verifying requests.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ca/signer.hpp"
#include "io/files.hpp"
#include "request/format.hpp"
#include "ssh/allowed_signers.hpp"
#include "ssh/certificate.hpp"
#include "ssh/key_file.hpp"

namespace halligan::request {

/// What a request asks for.
struct RequestSpec {
  std::vector<std::string> principals;
  std::vector<std::string> hosts;
  std::string reason;
  ssh::Validity validity;
};

/// A request signed by the key to be certified; the signature is verified before this returns.
/// @errors kBadInput (rules of request::check_request) · as Signer::sign() · kNo (the key's signature does
/// not verify)
Result<SignedRequest> make_request(const RequestSpec& spec, ca::Signer& key);

/// FILE (0600) and FILE.pub, and with a certificate FILE-cert.pub, all or none. @errors as io::write_files()
Result<> write_key_pair(const std::string& file, const ssh::PrivateKey& key, const std::string& comment,
                        io::Existing existing, const ssh::Certificate* certificate = nullptr);
/// The same for a key on a token, whose handle is in FILE.
Result<> write_key_pair(const std::string& file, const ssh::SkHandle& key, const std::string& comment,
                        io::Existing existing, const ssh::Certificate* certificate = nullptr);

/// The proof is by the requester's key, and the request was made at most `max_age` seconds before now and at
/// most five minutes after it, because clocks differ.
/// @errors kNo (not proven, too old, from the future)
Result<> verify_request(const SignedRequest& request, std::uint64_t now, std::uint64_t max_age);

/// Add a custodian's signature. @errors kNo (it is the requester's own key, or has signed already) · as
/// Signer::sign()
Result<> co_sign(SignedRequest& request, ca::Signer& key);

/// Who co-signed.
struct CoSigner {
  std::string person;  ///< as the allowed signers file has it
  ssh::PublicKey key;
};

/// Each co-signature must verify and be by a person in the list. Each person counts once; the requester's
/// keys do not count.
/// @errors kNo (a co-signature that breaks a rule: somebody added it)
Result<std::vector<CoSigner>> co_signers(const SignedRequest& request,
                                         std::span<const ssh::AllowedSigner> allowed);

}  // namespace halligan::request
