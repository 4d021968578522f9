// halligan mint
#include <map>

#include "crypto/key_pair.hpp"
#include "issue/command.hpp"
#include "issue/delivery.hpp"
#include "issue/grant.hpp"
#include "issue/recorder.hpp"

namespace halligan::issue {
namespace {

Result<ssh::PrivateKey> make_key(const MintOptions& options) {
  const unsigned bits = options.bits;
  if (options.type == "rsa") {
    return crypto::generate_key(ssh::KeyType::kRsa, bits == 0 ? crypto::kDefaultRsaBits : bits);
  }
  if (options.type == "ecdsa") {
    static const std::map<unsigned, ssh::KeyType> curves{{0, ssh::KeyType::kEcdsa256},
                                                         {256, ssh::KeyType::kEcdsa256},
                                                         {384, ssh::KeyType::kEcdsa384},
                                                         {521, ssh::KeyType::kEcdsa521}};
    const auto curve = curves.find(bits);
    if (curve == curves.end()) return fail(Code::kUsage, "-b: an ECDSA key has 256, 384 or 521 bits");
    return crypto::generate_key(curve->second);
  }
  if (bits != 0) return fail(Code::kUsage, "-b: the size of an Ed25519 key is fixed");
  return crypto::generate_key(ssh::KeyType::kEd25519);
}

struct Signed {
  ssh::Certificate certificate;
  std::optional<ledger::LedgerPlace> place;
};

// Token, PIN, agent and the lock of the ledger are let go at the end: a delivery may last as long as somebody
// is logged in, and meanwhile another certificate may be needed.
Result<Signed> sign_body(const MintOptions& options, ssh::CertificateBody body, const ca::Policy& policy) {
  HALLIGAN_TRY(const auto ca, ca::open_ca(options.authority, options.token, policy));
  HALLIGAN_TRY(auto recorder, Recorder::open(options.ledger, options.authority));
  HALLIGAN_TRY(body.serial, recorder.next_serial(options.grant.serial));
  HALLIGAN_CHECK(agree(options.grant, body, ca));
  HALLIGAN_TRY(auto certificate, recorder.issue(std::move(body), *ca.signer, policy));
  return Signed{std::move(certificate), recorder.place()};
}

}  // namespace

Result<int> mint(const MintOptions& options) {
  HALLIGAN_TRY(const auto delivery, make_delivery(options));
  HALLIGAN_TRY(const auto grant, make_spec(options.grant, ssh::CertificateType::kUser));
  HALLIGAN_TRY(const auto policy, load_policy(options.grant, options.authority));
  HALLIGAN_CHECK(ca::check_without_request(policy));
  HALLIGAN_TRY(auto key, make_key(options));
  HALLIGAN_TRY(auto body, prepare(grant, key.key, policy));
  HALLIGAN_CHECK(delivery->prepare());
  HALLIGAN_TRY(auto done, sign_body(options, std::move(body), policy));
  return delivery->deliver({std::move(key), std::move(done.certificate)}, done.place);
}

}  // namespace halligan::issue
