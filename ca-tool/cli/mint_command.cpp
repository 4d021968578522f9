// halligan mint
#include <fmt/format.h>
#include <map>

#include "ca/mint.hpp"
#include "cli/authority_options.hpp"
#include "cli/command.hpp"
#include "cli/describe.hpp"
#include "cli/grant_options.hpp"
#include "crypto/key_pair.hpp"
#include "io/clock.hpp"

namespace halligan::cli {
namespace {

struct Mint {
  TokenOptions token;
  AuthorityOptions authority;
  GrantOptions grant;
  std::string type = "ed25519";
  unsigned bits = 0;
  std::string file = "emergency";
  bool force = false;
  bool json = false;
};

Result<ssh::PrivateKey> make_key(const Mint& options) {
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

Result<int> mint(const Mint& options) {
  const auto existing = options.force ? io::Existing::kReplace : io::Existing::kRefuse;
  auto checked = ca::check_minted_files(options.file, existing);
  if (!checked) {
    Error error = std::move(checked).error();
    if (error.code == Code::kExists) error.hint = "choose another name with -o, or replace it with --force";
    return fail(std::move(error));
  }
  HALLIGAN_TRY(const auto grant, options.grant.grant(ssh::CertificateType::kUser));
  HALLIGAN_TRY(auto key, make_key(options));
  HALLIGAN_TRY(const auto body, ca::prepare(grant, key.key));
  HALLIGAN_TRY(auto desk, Desk::open(options.token, "to sign the certificate"));
  HALLIGAN_TRY(auto signer, desk->signer(options.authority));
  announce(body);
  HALLIGAN_TRY(auto certificate, ca::issue(body, *signer));
  const ca::Minted minted{std::move(key), std::move(certificate)};
  HALLIGAN_CHECK(ca::write_minted_files(options.file, minted, existing));

  const std::string certificate_file = options.file + "-cert.pub";
  const Described described = describe(minted.certificate, io::unix_seconds());
  if (options.json) {
    HALLIGAN_CHECK(print(to_json(described, certificate_file) + "\n"));
    return 0;
  }
  HALLIGAN_CHECK(print(to_text(described, certificate_file)));
  HALLIGAN_CHECK(print(fmt::format("{:<12}ssh -i {} -o IdentitiesOnly=yes {}@HOST\n", "Log in", options.file,
                                   printable(minted.certificate.body.principals.front()))));
  return 0;
}

}  // namespace

void declare_mint(CLI::App& parent, Run& chosen) {
  auto options = std::make_shared<Mint>();
  CLI::App* app = parent.add_subcommand("mint", "a new key and its certificate, with one touch");
  options->grant.declare(*app);
  options->authority.declare(*app, true);
  app->add_option("-o", options->file, "write FILE, FILE.pub and FILE-cert.pub")
      ->type_name("FILE")
      ->capture_default_str();
  app->add_option("-t", options->type, "ed25519, ecdsa or rsa")
      ->type_name("TYPE")
      ->check(CLI::IsMember({"ed25519", "ecdsa", "rsa"}))
      ->capture_default_str();
  app->add_option("-b", options->bits, "size of an ecdsa or rsa key")->type_name("BITS");
  app->add_flag("--force", options->force, "replace files that are there");
  options->token.declare(*app);
  app->add_flag("--json", options->json, "report as JSON");
  app->footer(
      "Without --ca the CA key is found on the token, which wants its PIN. A\n"
      "certificate allows a terminal and nothing else (permit-pty) unless -O asks\n"
      "for more.\n\n"
      "Examples:\n"
      "  halligan mint -I 'ann: incident 4711' -n root\n"
      "  halligan mint --ca ca-a/ca -I ann-4711 -n root,admin -V -5m:+15m -o em\n");
  app->callback([options, &chosen] { chosen = [options] { return mint(*options); }; });
}

}  // namespace halligan::cli
