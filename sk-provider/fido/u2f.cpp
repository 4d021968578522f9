#include "fido/u2f.hpp"

#include "fido/failure.hpp"

namespace halligan::fido {
namespace {

constexpr std::size_t kLongestHandle = 255;  // the length field has one byte

Failure refuse(Code code, const Device& device, std::string_view why, std::string hint) {
  return fail(code, "the U2F token at " + device.name() + " " + std::string(why), std::move(hint));
}

}  // namespace

Result<> check_u2f(const Device& device, const EnrollRequest& request) {
  if (request.algorithm == Algorithm::kEd25519) {
    return refuse(Code::kUnsupported, device, "does not support ed25519-sk keys",
                  "make an ecdsa-sk key, or use a FIDO2 token");
  }
  if (request.resident) {
    return refuse(Code::kUnsupported, device, "does not support resident keys",
                  "make a key that is not resident, or use a FIDO2 token");
  }
  if (request.verify) {
    return refuse(Code::kUnsupported, device, "has no PIN",
                  "make a key that is not verify-required, or use a FIDO2 token");
  }
  // U2F has a request for a signature without a touch ("don't enforce", 0x08) that sshd would accept, but
  // tokens need not support it, and libfido2 does not send it: such a key could never sign.
  if (!request.touch) {
    return refuse(Code::kUnsupported, device, "requires a touch",
                  "make a key without no-touch-required, or use a FIDO2 token");
  }
  return {};
}

Result<> check_u2f(const Device& device, const SignRequest& request) {
  if (request.algorithm == Algorithm::kEd25519)
    return refuse(Code::kNotFound, device, "does not support ed25519-sk keys", kInsertHolder);
  if (request.verify)
    return refuse(Code::kNotFound, device, "has no PIN, which this key requires", kInsertHolder);
  if (request.key_handle.size() > kLongestHandle)
    return refuse(Code::kNotFound, device, "does not hold this key", kInsertHolder);
  if (!request.touch) {
    return refuse(Code::kUnsupported, device, "requires a touch",
                  "make a new key without no-touch-required, or use a FIDO2 token");
  }
  return {};
}

}  // namespace halligan::fido
