// halligan ca init | export
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ca/authority_files.hpp"
#include "cli/authority_options.hpp"
#include "cli/command.hpp"
#include "crypto/digest.hpp"

namespace halligan::cli {
namespace {

struct Common {
  TokenOptions token;
  std::string folder = ".";
  bool force = false;
  bool json = false;

  void declare(CLI::App& app) {
    app.add_option("-d,--directory", folder, "folder for the CA's files")
        ->type_name("DIR")
        ->capture_default_str();
    token.declare(app);
    app.add_flag("--json", json, "report as JSON");
  }
  io::Existing existing() const { return force ? io::Existing::kReplace : io::Existing::kRefuse; }
};

struct Init : Common {
  std::string type = "ecdsa-sk";
  ca::NewAuthority request;
};

struct Export : Common {
  AuthorityOptions authority;
};

Result<> check_files(const Common& options) {
  auto checked = ca::check_authority_files(options.folder, options.existing());
  if (checked) return {};
  Error error = std::move(checked).error();
  if (error.code == Code::kExists)
    error.hint = "choose another folder with -d, or replace the files with --force";
  return fail(std::move(error));
}

Result<int> report(const Common& options, const ca::Authority& authority) {
  HALLIGAN_CHECK(ca::write_authority_files(options.folder, authority, options.existing()));
  if (options.json) {
    HALLIGAN_CHECK(print(ca::describe_authority(authority) + "\n"));
    return 0;
  }
  const ssh::PublicKey& key = authority.handle.key;
  HALLIGAN_CHECK(print(fmt::format(
      "{:<12}{}/ca.pub\n{:<12}{} {}\n{:<12}{}\n{:<12}{}\n{:<12}{}\n", "CA", options.folder, "Key",
      key.label(), crypto::fingerprint(key), "Comment", authority.comment, "On token", key.application(),
      "Signs with", (authority.handle.flags & token::kUserVerified) != 0 ? "touch and PIN" : "touch")));
  return 0;
}

Result<int> init(Init& options) {
  options.request.type = options.type == "ecdsa-sk" ? ssh::KeyType::kSkEcdsa : ssh::KeyType::kSkEd25519;
  options.request.overwrite = options.force;
  HALLIGAN_CHECK(check_files(options));
  HALLIGAN_TRY(auto desk, Desk::open(options.token, "to make the CA key"));
  auto authority = ca::create_authority(desk->session(), options.request);
  if (!authority) {
    Error error = std::move(authority).error();
    if (error.code == Code::kExists)
      error.hint = "keep both with --user NAME, or destroy the old CA with --force";
    return fail(std::move(error));
  }
  return report(options, *authority);
}

Result<int> export_all(Export& options) {
  HALLIGAN_CHECK(check_files(options));
  HALLIGAN_TRY(auto desk, Desk::open(options.token, "to find the CA key"));
  HALLIGAN_TRY(const auto authority,
               ca::find_authority(desk->session(), options.authority.application, options.authority.user));
  return report(options, authority);
}

void declare_init(CLI::App& parent, Run& chosen) {
  auto options = std::make_shared<Init>();
  CLI::App* app = parent.add_subcommand("init", "make a CA key on the token (one touch)");
  app->add_option("-t,--type", options->type, "ecdsa-sk or ed25519-sk")
      ->type_name("TYPE")
      ->check(CLI::IsMember({"ecdsa-sk", "ed25519-sk"}))
      ->capture_default_str();
  app->add_option("-C,--comment", options->request.comment, "names the token; kept on it too")
      ->type_name("TEXT");
  app->add_option("--application", options->request.application, "the CA's name on the token")
      ->type_name("NAME")
      ->capture_default_str();
  app->add_option("--user", options->request.user, "keeps two CAs of one name apart")->type_name("NAME");
  app->add_flag("--verify-required", options->request.verify, "want the PIN for each signature");
  app->add_flag("--force", options->force, "replace files, and the CA on the token");
  options->declare(*app);
  app->footer(
      "Writes ca.pub for the hosts, ca (a handle, useless without the token; for\n"
      "ssh-keygen -s), ca.json and ca.attestation.\n\n"
      "Example:\n  halligan ca init -d ca-a -C 'emergency CA, token A'\n");
  app->callback([options, &chosen] { chosen = [options] { return init(*options); }; });
}

void declare_export(CLI::App& parent, Run& chosen) {
  auto options = std::make_shared<Export>();
  CLI::App* app = parent.add_subcommand("export", "write a CA's files again from the token alone");
  options->authority.declare(*app, false);
  app->add_flag("--force", options->force, "replace files that are there");
  options->declare(*app);
  app->footer(
      "Needs the token's PIN. Writes ca.pub, ca and ca.json.\n\nExample:\n  halligan ca export -d /tmp/ca");
  app->callback([options, &chosen] { chosen = [options] { return export_all(*options); }; });
}

}  // namespace

void declare_ca(CLI::App& parent, Run& chosen) {
  CLI::App* app = parent.add_subcommand("ca", "make a CA on a token, or export it again");
  app->require_subcommand(1);
  declare_init(*app, chosen);
  declare_export(*app, chosen);
}

}  // namespace halligan::cli
