// halligan ca init | export
#include "ca/command.hpp"

#include <algorithm>
#include <iterator>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ca/authority_files.hpp"
#include "ca/policy.hpp"
#include "ca/token_access.hpp"
#include "ui/confirm.hpp"
#include "ui/describe.hpp"

namespace halligan::ca {
namespace {

constexpr const char* kInitHint =
    "choose another folder with -d; --force would also destroy this CA on the token";
constexpr const char* kExportHint = "choose another folder with -d, or replace the files with --force";
constexpr const char* kTokenHint = "keep both with --user NAME, or destroy the old CA with --force";

// Before the token is asked for anything.
Result<> check_files(const std::string& folder, const ui::OutputOptions& output, std::string_view hint) {
  return check_authority_files(folder, output.existing())
      .hint(Code::kExists, hint)
      .hint(Code::kNotFound, "create the folder: mkdir " + shell_word(folder));
}

// With --force the CA on the token is shown before it is destroyed, and it is the one that was shown: another
// token may have been inserted in the meantime.
Result<Authority> create(TokenSession& session, NewAuthority request, const InitOptions& options) {
  std::optional<fido::Occupant> found;
  std::optional<fido::Occupant> agreed;
  if (options.output.force) {
    request.may_replace = [&](const fido::Occupant& occupant) {
      if (options.yes && agreed != occupant) {
        say(fido::describe(occupant), "it is destroyed, and this CA with it");
        agreed = occupant;
      }
      found = occupant;
      return agreed == occupant;
    };
  }
  while (true) {
    found.reset();
    auto made = create_authority(session, request).hint(Code::kExists, kTokenHint);
    if (made || made.error().code != Code::kExists || !found) return made;
    HALLIGAN_CHECK(ui::confirm_loss(
        fido::describe(*found) + "\nThis CA will be lost for good: it can sign nothing any more.", "DELETE"));
    agreed = found;
  }
}

Result<> report(const std::string& folder, const ui::OutputOptions& output, const WrittenAuthority& written) {
  if (output.json) return ui::print(ui::json_line(written.notes));
  const Authority& authority = written.authority;
  const ssh::PublicKey& key = authority.handle.key;
  const bool verify = (authority.handle.flags & fido::kUserVerified) != 0;
  return ui::print(ui::text_row("CA", printable(folder) + "/ca.pub") +
                   ui::text_row("Key", ui::key_words(key)) + ui::text_row("Comment", authority.comment) +
                   ui::text_row("On token", printable(key.application())) +
                   ui::text_row("Signs with", verify ? "touch and PIN" : "touch") +
                   (authority.attested_by == AttestedBy::kUnknown
                        ? std::string()
                        : ui::text_row("Attested", attestation_words(authority))) +
                   (authority.bound_policy ? ui::text_row("Policy", "SHA-256 " + hex(*authority.bound_policy))
                                           : std::string()));
}

// The policy of a new CA, and its bytes if they are to be copied beside the CA.
struct NewPolicy {
  std::optional<crypto::Sha256> sha256;
  Bytes copied;
};

Result<NewPolicy> read_new_policy(const InitOptions& options) {
  if (!options.policy) return NewPolicy{};
  HALLIGAN_TRY(const PolicyText policy, read_policy_text(*options.policy));
  const std::string path = policy_beside(options.folder);
  HALLIGAN_TRY(const bool in_place, io::same_file(*options.policy, path));
  if (in_place) return NewPolicy{policy.policy.sha256, {}};
  HALLIGAN_CHECK(io::check_new_files({&path, 1}, options.output.existing()).hint(Code::kExists, kInitHint));
  return NewPolicy{policy.policy.sha256, policy.text};
}

}  // namespace

Result<WrittenAuthority> init_authority(const InitOptions& options) {
  NewAuthority request = options.request;
  request.type = options.type == "ecdsa-sk" ? ssh::KeyType::kSkEcdsa : ssh::KeyType::kSkEd25519;
  HALLIGAN_CHECK(check_files(options.folder, options.output, kInitHint));
  HALLIGAN_TRY(const NewPolicy policy, read_new_policy(options));
  request.bound_policy = policy.sha256;
  HALLIGAN_TRY(auto access, TokenAccess::open(options.token, "to make the CA key"));
  HALLIGAN_TRY(auto authority, create(access->session(), std::move(request), options));
  HALLIGAN_TRY(auto notes,
               write_authority_files(options.folder, authority, options.output.existing(), policy.copied)
                   .hint("the key is on the token: write its files with halligan ca export"));
  return WrittenAuthority{std::move(authority), std::move(notes)};
}

Result<WrittenAuthority> export_authority(const ExportOptions& options) {
  HALLIGAN_CHECK(check_files(options.folder, options.output, kExportHint));
  HALLIGAN_TRY(auto access, TokenAccess::open(options.token, "to find the CA key"));
  HALLIGAN_TRY(auto authority, find_authority(access->session(), options.authority.application_or_default(),
                                              options.authority.user));
  HALLIGAN_TRY(auto notes, write_authority_files(options.folder, authority, options.output.existing()));
  return WrittenAuthority{std::move(authority), std::move(notes)};
}

namespace {

Result<int> run_init(const InitOptions& options) {
  HALLIGAN_TRY(const auto written, init_authority(options));
  HALLIGAN_CHECK(report(options.folder, options.output, written));
  const Authority& authority = written.authority;
  if (!authority.discoverable && authority.bound_policy) {
    say("no PIN is set on this token: nobody can ask it which policy it is bound to; only ca.json says so",
        "set a PIN: halligan token pin set");
  }
  if (!authority.discoverable) {
    say("no PIN is set on this token: only the file " + printable(options.folder) + "/ca can use this CA",
        "keep that file, or set a PIN: halligan token pin set");
  }
  return 0;
}

Result<int> run_export(const ExportOptions& options) {
  HALLIGAN_TRY(const auto written, export_authority(options));
  HALLIGAN_CHECK(report(options.folder, options.output, written));
  return 0;
}

void declare_folder(command::Flags& flags, std::string& folder) {
  flags.option("-d,--directory", "DIR", folder, "folder for the CA's files");
}

void declare_init(command::Flags& flags, InitOptions& options) {
  declare_folder(flags, options.folder);
  flags.option("-t,--type", "TYPE", options.type, "ecdsa-sk or ed25519-sk")
      .one_of({"ecdsa-sk", "ed25519-sk"});
  flags.option("-C,--comment", "TEXT", options.request.comment, "a name for the token; stored on it too")
      .empty_too();
  flags.option("--application", "NAME", options.request.application, "the CA's application on the token");
  flags.option("--user", "NAME", options.request.user, "distinguishes CAs of one application").empty_too();
  flags.flag("--verify-required", options.request.verify, "require the PIN for each signature");
  flags.option("--policy", "FILE", options.policy, "bind the CA to this policy; copied to DIR/ca.policy");
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

command::Command ca_command(std::vector<command::Command> more) {
  std::vector<command::Command> commands{
      command::make("init", "make a CA key on the token, with one touch", run_init, declare_init,
                    {.notes = "Writes ca.pub for the hosts, ca (a handle for ssh-keygen -s, useless without\n"
                              "the token), ca.json and ca.attestation.",
                     .examples = {"halligan ca init -d ca-a -C 'emergency CA, token A'"}}),
      command::make("export", "write a CA's files again from the token alone", run_export, declare_export,
                    {.notes = "Needs the token's PIN. Writes ca.pub, ca and ca.json.",
                     .examples = {"halligan ca export -d /tmp/ca"}})};
  std::ranges::move(more, std::back_inserter(commands));
  return command::group("ca", "make a CA on a token, or export it again",
                        "halligan ca init -C 'emergency CA, token A'", std::move(commands));
}

}  // namespace halligan::ca
