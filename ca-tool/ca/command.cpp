// halligan ca init | export
#include <fmt/format.h>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ca/authority_files.hpp"
#include "ca/command.hpp"
#include "ca/token_access.hpp"
#include "crypto/digest.hpp"
#include "ui/confirm.hpp"
#include "ui/output.hpp"

namespace halligan::ca {
namespace {

constexpr const char* kInitHint =
    "choose another folder with -d; --force would also destroy this CA on the token";
constexpr const char* kExportHint = "choose another folder with -d, or replace the files with --force";
constexpr const char* kTokenHint = "keep both with --user NAME, or destroy the old CA with --force";

// Before the token is asked for anything.
Result<> check_files(const std::string& folder, const ui::OutputOptions& output, std::string_view hint) {
  auto checked = check_authority_files(folder, output.existing());
  if (checked) return {};
  Error error = ui::hint_if_exists(std::move(checked).error(), hint);
  if (error.code == Code::kNotFound) error.hint = "make the folder first: mkdir " + printable(folder);
  return fail(std::move(error));
}

Result<int> report(const std::string& folder, const ui::OutputOptions& output, const Authority& authority) {
  if (output.json) {
    HALLIGAN_CHECK(ui::print(describe_authority(authority) + "\n"));
    return 0;
  }
  const ssh::PublicKey& key = authority.handle.key;
  HALLIGAN_CHECK(ui::print(fmt::format(
      "{:<12}{}/ca.pub\n{:<12}{} {}\n{:<12}{}\n{:<12}{}\n{:<12}{}\n", "CA", folder, "Key", key.label(),
      crypto::fingerprint(key), "Comment", authority.comment, "On token", key.application(), "Signs with",
      (authority.handle.flags & fido::kUserVerified) != 0 ? "touch and PIN" : "touch")));
  return 0;
}

// What is on the token already is found without a touch, and shown before it is lost. What is lost is what
// was shown: another token may have been put in while somebody read.
Result<Authority> create(TokenSession& session, NewAuthority request, const InitOptions& options) {
  std::string shown;
  while (true) {
    auto made = create_authority(session, request);
    if (made || made.error().code != Code::kExists || request.overwrite) return made;
    if (!options.output.force) return fail(ui::hint_if_exists(std::move(made).error(), kTokenHint));
    const std::string& found = made.error().message;
    if (options.yes) {
      say(found, "it is destroyed, and with it this CA");
    } else if (found != shown) {
      HALLIGAN_CHECK(ui::confirm_loss(
          found + "\nThis CA will be lost for good: nothing can be signed with it any more.", "DELETE"));
      shown = found;
      continue;
    }
    request.overwrite = true;
  }
}

}  // namespace

Result<int> init_authority(const InitOptions& options) {
  NewAuthority request = options.request;
  request.type = options.type == "ecdsa-sk" ? ssh::KeyType::kSkEcdsa : ssh::KeyType::kSkEd25519;
  HALLIGAN_CHECK(check_files(options.folder, options.output, kInitHint));
  HALLIGAN_TRY(auto access, TokenAccess::open(options.token, "to make the CA key"));
  HALLIGAN_TRY(const auto authority, create(access->session(), request, options));
  auto written = write_authority_files(options.folder, authority, options.output.existing());
  if (!written) {
    Error error = std::move(written).error();
    error.hint = "the key is on the token all the same: write its files with halligan ca export";
    return fail(std::move(error));
  }
  HALLIGAN_TRY(const int status, report(options.folder, options.output, authority));
  if (!authority.shown_again) {
    say("no PIN is set on this token: only the file " + printable(options.folder) + "/ca can use this CA",
        "keep that file, or set a PIN: halligan token pin set");
  }
  return status;
}

Result<int> export_authority(const ExportOptions& options) {
  HALLIGAN_CHECK(check_files(options.folder, options.output, kExportHint));
  HALLIGAN_TRY(auto access, TokenAccess::open(options.token, "to find the CA key"));
  HALLIGAN_TRY(const auto authority,
               find_authority(access->session(), options.authority.application, options.authority.user));
  HALLIGAN_CHECK(write_authority_files(options.folder, authority, options.output.existing()));
  return report(options.folder, options.output, authority);
}

namespace {

void declare_folder(command::Flags& flags, std::string& folder) {
  flags.option("-d,--directory", "DIR", folder, "folder for the CA's files");
}

void declare_init(command::Flags& flags, InitOptions& options) {
  declare_folder(flags, options.folder);
  flags.option("-t,--type", "TYPE", options.type, "ecdsa-sk or ed25519-sk")
      .one_of({"ecdsa-sk", "ed25519-sk"});
  flags.option("-C,--comment", "TEXT", options.request.comment, "names the token; stored on it too")
      .empty_too();
  flags.option("--application", "NAME", options.request.application, "the CA's application on the token");
  flags.option("--user", "NAME", options.request.user, "tells two CAs of one application apart").empty_too();
  flags.flag("--verify-required", options.request.verify, "require the PIN for each signature");
  ui::declare_force(flags, options.output, "replace files, and the CA on the token (asks)");
  flags.flag("-y,--yes", options.yes, "destroy that CA without asking");
  ui::declare_json(flags, options.output);
  declare(flags, options.token);
}

void declare_export(command::Flags& flags, ExportOptions& options) {
  declare_folder(flags, options.folder);
  declare_name(flags, options.authority);
  ui::declare_force(flags, options.output, "replace existing files");
  ui::declare_json(flags, options.output);
  declare(flags, options.token);
}

}  // namespace

command::Command ca_command() {
  command::Command init =
      command::make("init", "make a CA key on the token, with one touch", init_authority, declare_init);
  init.notes =
      "Writes ca.pub for the hosts, ca (a handle for ssh-keygen -s, useless without\n"
      "the token), ca.json and ca.attestation.";
  init.examples = {"halligan ca init -d ca-a -C 'emergency CA, token A'"};
  command::Command exported = command::make("export", "write a CA's files again from the token alone",
                                            export_authority, declare_export);
  exported.notes = "Needs the token's PIN. Writes ca.pub, ca and ca.json.";
  exported.examples = {"halligan ca export -d /tmp/ca"};
  command::Command group{"ca", "make a CA on a token, or export it again"};
  group.examples = {"halligan ca init -C 'emergency CA, token A'"};
  group.commands = {std::move(init), std::move(exported)};
  return group;
}

}  // namespace halligan::ca
