// halligan mint
#include <fmt/format.h>
#include <map>

#include "ca/mint.hpp"
#include "cli/command.hpp"
#include "cli/describe.hpp"
#include "cli/desk.hpp"
#include "cli/grant.hpp"
#include "cli/output.hpp"
#include "cli/recorder.hpp"
#include "crypto/key_pair.hpp"
#include "io/clock.hpp"

namespace halligan::cli {
namespace {

constexpr const char* kMintHint = "choose another name with -o, or replace it with --force";

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

}  // namespace

Result<int> mint(const MintOptions& options) {
  const auto existing = options.output.existing();
  auto checked = ca::check_minted_files(options.file, existing);
  if (!checked) return fail(hint_if_exists(std::move(checked).error(), kMintHint));
  HALLIGAN_TRY(const auto grant, make_grant(options.grant, ssh::CertificateType::kUser));
  HALLIGAN_TRY(const auto policy, load_policy(options.grant, options.authority));
  HALLIGAN_CHECK(ca::check_without_request(policy));
  HALLIGAN_TRY(auto key, make_key(options));
  HALLIGAN_TRY(auto body, ca::prepare(grant, key.key, policy));
  HALLIGAN_TRY(auto desk, Desk::open(options.token, "to sign the certificate"));
  HALLIGAN_TRY(auto signer, desk->signer(options.authority));
  HALLIGAN_TRY(auto recorder, Recorder::open(options.ledger, options.authority));
  HALLIGAN_TRY(body.serial, recorder.next_serial(options.grant.serial));
  HALLIGAN_CHECK(agree(options.grant, body, *signer));
  HALLIGAN_TRY(auto certificate, recorder.issue(body, *signer, policy));
  const ca::Minted minted{std::move(key), std::move(certificate)};
  HALLIGAN_CHECK(ca::write_minted_files(options.file, minted, existing));

  const std::string certificate_file = options.file + "-cert.pub";
  const Described described = describe(minted.certificate, io::unix_seconds());
  if (options.output.json) {
    HALLIGAN_CHECK(print(to_json(described, certificate_file) + "\n"));
    return 0;
  }
  HALLIGAN_CHECK(print(to_text(described, certificate_file) + recorder.row()));
  HALLIGAN_CHECK(print(fmt::format("{:<12}ssh -i {} -o IdentitiesOnly=yes {}@HOST\n", "Log in", options.file,
                                   printable(minted.certificate.body.principals.front()))));
  return 0;
}

}  // namespace halligan::cli
