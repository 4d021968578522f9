// The CA key on a token, used through its handle.
#pragma once

#include "ca/signer.hpp"
#include "ca/token_session.hpp"
#include "ssh/key_file.hpp"

namespace halligan::ca {

class TokenSigner final : public Signer {
 public:
  /// @param handle of a kind kSkEcdsa or kSkEd25519. @param session outlives the signer.
  TokenSigner(ssh::SkHandle handle, TokenSession& session) : handle_(std::move(handle)), session_(session) {}

  const ssh::PublicKey& public_key() const override { return handle_.key; }

  /// One touch, always: a CA's signature without one would be accepted by sshd, so nobody else insists on it.
  Result<ssh::Signature> sign(ByteView message) override;

 private:
  ssh::SkHandle handle_;
  TokenSession& session_;
};

/// The key types that tokens make, in the token layer's words. @errors kBadInput: a software key
Result<token::Algorithm> token_algorithm(const ssh::PublicKey& key);

}  // namespace halligan::ca
