// Signing with a CA key on a token, through its handle.
#pragma once

#include <utility>

#include "ca/signer.hpp"
#include "ca/token_session.hpp"
#include "ssh/key_file.hpp"

namespace halligan::ca {

class TokenSigner final : public Signer {
 public:
  /// @param handle kSkEcdsa or kSkEd25519. @param session outlives the signer.
  TokenSigner(ssh::SkHandle handle, TokenSession& session) : handle_(std::move(handle)), session_(session) {}

  const ssh::PublicKey& public_key() const override { return handle_.key; }

  /// Always one touch: sshd accepts a CA signature without one, so it is required here.
  Result<ssh::Signature> sign(ByteView message) override;

  std::vector<ssh::Signature> take_searches() override { return std::exchange(searches_, {}); }

 private:
  ssh::SkHandle handle_;
  TokenSession& session_;
  std::vector<ssh::Signature> searches_;
};

/// The token layer's name for the key type. @errors kBadInput: a software key
Result<fido::Algorithm> token_algorithm(const ssh::PublicKey& key);

}  // namespace halligan::ca
