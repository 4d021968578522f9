// A key that signs: a CA's, a requester's or a co-signer's.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/verify.hpp"
#include "ssh/certificate.hpp"
#include "ssh/key.hpp"
#include "ssh/signature.hpp"

namespace halligan::ca {

class Signer {
 public:
  Signer() = default;
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;
  virtual ~Signer() = default;

  virtual const ssh::PublicKey& public_key() const = 0;

  /// Sign with another algorithm than ssh::default_algorithm(): RSA has two.
  /// @param algorithm fits the key
  void use(ssh::SignatureAlgorithm algorithm) { algorithm_ = algorithm; }

  /// May sign() be called by several threads at once?
  virtual bool concurrent() const { return false; }

  /// May block for a touch and ask for a PIN. @errors kNeedsPerson · kUnreachable · kNotFound
  virtual Result<ssh::Signature> sign(ByteView message) = 0;

  /// What a certificate that it has just signed says of its signature, if that is good: no signer is
  /// believed. May be called by several threads at once. @param verifier the thread's @errors as
  /// verify_certificate()
  virtual Result<crypto::Verified> verify(const ssh::Certificate& certificate,
                                          crypto::Verifier& verifier) const {
    return verifier.verify_certificate(certificate);
  }

  /// The signatures of fido::kSearchMessage made since the last call: they raised the token's counter, so the
  /// ledger records them.
  virtual std::vector<ssh::Signature> take_searches() { return {}; }

  /// The counter of the last signature, if that was made and failed a check in sign(): nothing can prove it.
  virtual std::optional<std::uint32_t> discarded() const { return std::nullopt; }

 protected:
  ssh::SignatureAlgorithm algorithm() const {
    return algorithm_.value_or(ssh::default_algorithm(public_key().type()));
  }

 private:
  std::optional<ssh::SignatureAlgorithm> algorithm_;
};

}  // namespace halligan::ca
