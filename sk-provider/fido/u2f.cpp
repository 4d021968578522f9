#include "fido/u2f.hpp"

namespace halligan::fido {
namespace {

constexpr std::size_t kLongestHandle = 255;  // its length is one byte

std::string a_u2f_token(const Device& device) {
  return "the token at " + device.name() + " is a U2F token, which ";
}

}  // namespace

Result<> check_u2f(const Device& device, const EnrollRequest& request) {
  if (request.algorithm == Algorithm::kEd25519) {
    return fail(Code::kUnsupported, a_u2f_token(device) + "makes no ed25519-sk keys",
                "make an ecdsa-sk key, or use a FIDO2 token");
  }
  if (request.resident) {
    return fail(Code::kUnsupported, a_u2f_token(device) + "keeps no resident keys",
                "make a key that is not resident, or use a FIDO2 token");
  }
  if (request.verify) {
    return fail(Code::kUnsupported, a_u2f_token(device) + "has no PIN",
                "make a key that is not verify-required, or use a FIDO2 token");
  }
  // U2F has a request for an untouched signature ("don't enforce", 0x08) that sshd would take, but tokens
  // need not have it, and libfido2 does not send it: a key that was made so would never sign.
  if (!request.touch) {
    return fail(Code::kUnsupported, a_u2f_token(device) + "is used with a touch only",
                "make a key without no-touch-required, or use a FIDO2 token");
  }
  return {};
}

Result<> check_u2f(const Device& device, const SignRequest& request) {
  const std::string put_in = "put in the token that made the key";
  if (request.algorithm == Algorithm::kEd25519) {
    return fail(Code::kNotFound, a_u2f_token(device) + "holds no ed25519-sk keys", put_in);
  }
  if (request.verify) {
    return fail(Code::kNotFound, a_u2f_token(device) + "has no PIN, and this key wants one", put_in);
  }
  if (request.key_handle.size() > kLongestHandle) {
    return fail(Code::kNotFound, "the token at " + device.name() + " does not hold this key", put_in);
  }
  if (!request.touch) {
    return fail(Code::kUnsupported, a_u2f_token(device) + "is used with a touch only",
                "make a new key without no-touch-required, or one on a FIDO2 token");
  }
  return {};
}

}  // namespace halligan::fido
