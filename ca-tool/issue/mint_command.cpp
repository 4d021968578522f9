// halligan mint
#include <map>

#include "crypto/key_pair.hpp"
#include "io/clock.hpp"
#include "issue/command.hpp"
#include "issue/delivery.hpp"

namespace halligan::issue {
namespace {

Result<MintedKey> make_key_on_token(const MintOptions& options) {
  if (options.bits != 0) return fail(Code::kUsage, "-b: the size of a key on a token is fixed");
  HALLIGAN_TRY(const auto access,
               ca::TokenAccess::open({options.subject_device, std::nullopt}, "to make the new key"));
  const auto type = options.type == "ecdsa-sk" ? ssh::KeyType::kSkEcdsa : ssh::KeyType::kSkEd25519;
  HALLIGAN_TRY(ssh::SkHandle handle, ca::create_token_key(access->session(), type));
  return MintedKey(std::move(handle));
}

Result<ssh::PrivateKey> make_pair(const MintOptions& options) {
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

Result<MintedKey> make_key(const MintOptions& options) {
  if (options.on_token()) return make_key_on_token(options);
  HALLIGAN_TRY(auto pair, make_pair(options));
  return MintedKey(std::move(pair));
}

// The token, the PIN, the agent and the lock of the ledger are released before the delivery, which may last
// as long as somebody is logged in: another certificate may be needed in the meantime.
Result<std::vector<IssuedCertificate>> issue_all(const MintOptions& options, const Plan& plan) {
  HALLIGAN_TRY(auto issuer, Issuer::open(options, plan));
  std::vector<IssuedCertificate> all;
  for (std::size_t i = 0; i < plan.subjects.size(); ++i) {
    HALLIGAN_TRY(auto issued, issuer.issue(i, 1));
    all.push_back(std::move(issued.front()));
  }
  return all;
}

}  // namespace

Result<Minted> mint_key(const MintOptions& options, Delivery& delivery) {
  HALLIGAN_TRY(auto spec, make_spec(options.spec, ssh::CertificateType::kUser));
  if (options.on_token()) {
    Plan none{spec, {}};
    HALLIGAN_CHECK(delivery.prepare(none));
  }
  HALLIGAN_TRY(auto key, make_key(options));
  const ssh::PublicKey& half =
      std::visit([](const auto& each) -> const ssh::PublicKey& { return each.key; }, key);
  HALLIGAN_TRY(auto plan, make_plan(std::move(spec), {{"", half}}));
  const bool used_at_once = options.agent || options.run || !options.hosts.empty();
  if (used_at_once && plan.spec.validity.before <= io::unix_seconds()) {
    return fail(Code::kNo, "the certificate would be expired already",
                std::string("mint a longer one: -V ") + kDefaultValidity);
  }
  HALLIGAN_CHECK(delivery.prepare(plan));
  HALLIGAN_TRY(auto issued, issue_all(options, plan));
  return Minted{std::move(key), std::move(issued)};
}

Result<int> run_mint(const MintOptions& typed) {
  MintOptions options = typed;
  HALLIGAN_CHECK(complete(options));
  take_defaults(options);
  HALLIGAN_CHECK(check_principals(options.spec));
  HALLIGAN_TRY(const auto delivery, make_delivery(options));
  HALLIGAN_TRY(auto minted, mint_key(options, *delivery));
  return delivery->deliver(minted);
}

}  // namespace halligan::issue
