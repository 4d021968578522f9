#include "ca/token_signer.hpp"

namespace halligan::ca {

Result<token::Algorithm> token_algorithm(const ssh::PublicKey& key) {
  if (key.type() == ssh::KeyType::kSkEcdsa) return token::Algorithm::kEcdsa;
  if (key.type() == ssh::KeyType::kSkEd25519) return token::Algorithm::kEd25519;
  return fail(Code::kBadInput, std::string(key.name()) + " is not a key on a token");
}

Result<ssh::Signature> TokenSigner::sign(ByteView message) {
  token::SignRequest request;
  HALLIGAN_TRY(request.algorithm, token_algorithm(handle_.key));
  request.message = message;
  request.application = handle_.key.application();
  request.key_handle = handle_.key_handle;
  request.touch = true;
  request.verify = (handle_.flags & token::kUserVerified) != 0;
  HALLIGAN_TRY(auto assertion,
               session_.run([&](const token::Context& context) { return token::sign(context, request); }));
  ssh::Signature signature;
  signature.flags = assertion.flags;
  signature.counter = assertion.counter;
  if (request.algorithm == token::Algorithm::kEcdsa) {
    signature.algorithm = ssh::SignatureAlgorithm::kSkEcdsa;
    signature.r = std::move(assertion.signature);
    signature.s = std::move(assertion.signature_s);
  } else {
    signature.algorithm = ssh::SignatureAlgorithm::kSkEd25519;
    signature.raw = std::move(assertion.signature);
  }
  return signature;
}

}  // namespace halligan::ca
