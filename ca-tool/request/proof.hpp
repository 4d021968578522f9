// Requests: made by the colleague, co-signed by custodians, judged by whoever holds the CA.
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
#include "ssh/key_file.hpp"

namespace halligan::request {

/// What the colleague asks for.
struct RequestSpec {
  std::vector<std::string> principals;
  std::vector<std::string> hosts;
  std::string reason;
  ssh::Validity validity;
};

/// A fresh request by the key that is to be certified, verified before it is given out.
/// @errors kBadInput (rules of request::check_request) · as Signer::sign() · kNo (the key's signature does
/// not verify)
Result<SignedRequest> make_request(const RequestSpec& wish, ca::Signer& key);

/// FILE (0600) and FILE.pub, both or none. @errors as io::write_files()
Result<> write_key_pair(const std::string& file, const ssh::PrivateKey& key, const std::string& comment,
                        io::Existing existing);

/// The proof is the requester's key's own, and the request was made within `max_age` seconds before now (and
/// not more than five minutes after it: clocks differ).
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

/// Each co-signature must verify and be by a person in the list; each person counts once; neither the
/// requester's key nor another key of the same person in the list counts.
/// @errors kNo (one that is worth nothing: somebody put it there)
Result<std::vector<CoSigner>> co_signers(const SignedRequest& request,
                                         std::span<const ssh::AllowedSigner> allowed);

}  // namespace halligan::request
