#include "ca/token_signer.hpp"

namespace halligan::ca {
namespace {

ssh::Signature from_token(fido::Signature answer, fido::Algorithm algorithm) {
  ssh::Signature signature;
  signature.flags = answer.flags;
  signature.counter = answer.counter;
  if (algorithm == fido::Algorithm::kEcdsa) {
    signature.algorithm = ssh::SignatureAlgorithm::kSkEcdsa;
    signature.r = std::move(answer.signature);
    signature.s = std::move(answer.signature_s);
  } else {
    signature.algorithm = ssh::SignatureAlgorithm::kSkEd25519;
    signature.raw = std::move(answer.signature);
  }
  return signature;
}

}  // namespace

Result<fido::Algorithm> token_algorithm(const ssh::PublicKey& key) {
  if (key.type() == ssh::KeyType::kSkEcdsa) return fido::Algorithm::kEcdsa;
  if (key.type() == ssh::KeyType::kSkEd25519) return fido::Algorithm::kEd25519;
  return fail(Code::kBadInput, std::string(key.name()) + " is not a key on a token");
}

Result<ssh::Signature> TokenSigner::sign(ByteView message) {
  fido::SignRequest request;
  HALLIGAN_TRY(request.algorithm, token_algorithm(handle_.key));
  request.message = message;
  request.application = handle_.key.application();
  request.key_handle = handle_.key_handle;
  request.touch = true;
  request.verify = (handle_.flags & fido::kUserVerified) != 0;
  HALLIGAN_TRY(fido::Signature answer, session_.run([&](const fido::Context& context) {
    fido::Signing signing = fido::sign(context, request);
    for (fido::Signature& search : signing.searches)
      searches_.push_back(from_token(std::move(search), request.algorithm));
    return std::move(signing.assertion);
  }));
  return from_token(std::move(answer), request.algorithm);
}

}  // namespace halligan::ca
