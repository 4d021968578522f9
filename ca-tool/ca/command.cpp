// halligan ca init | export
#include <fmt/format.h>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ca/authority_files.hpp"
#include "cli/command.hpp"
#include "cli/desk.hpp"
#include "cli/output.hpp"
#include "cli/token_report.hpp"
#include "crypto/digest.hpp"

namespace halligan::cli {
namespace {

constexpr const char* kInitHint =
    "choose another folder with -d; --force would also destroy this CA on the token";
constexpr const char* kExportHint = "choose another folder with -d, or replace the files with --force";
constexpr const char* kTokenHint = "keep both with --user NAME, or destroy the old CA with --force";

// Before the token is asked for anything.
Result<> check_files(const std::string& folder, const OutputOptions& output, std::string_view hint) {
  auto checked = ca::check_authority_files(folder, output.existing());
  if (checked) return {};
  Error error = hint_if_exists(std::move(checked).error(), hint);
  if (error.code == Code::kNotFound) error.hint = "make the folder first: mkdir " + printable(folder);
  return fail(std::move(error));
}

Result<int> report(const std::string& folder, const OutputOptions& output, const ca::Authority& authority) {
  if (output.json) {
    HALLIGAN_CHECK(print(ca::describe_authority(authority) + "\n"));
    return 0;
  }
  const ssh::PublicKey& key = authority.handle.key;
  HALLIGAN_CHECK(print(fmt::format(
      "{:<12}{}/ca.pub\n{:<12}{} {}\n{:<12}{}\n{:<12}{}\n{:<12}{}\n", "CA", folder, "Key", key.label(),
      crypto::fingerprint(key), "Comment", authority.comment, "On token", key.application(), "Signs with",
      (authority.handle.flags & token::kUserVerified) != 0 ? "touch and PIN" : "touch")));
  return 0;
}

// What is on the token already is found without a touch, and shown before it is lost. What is lost is what
// was shown: another token may have been put in while somebody read.
Result<ca::Authority> create(ca::TokenSession& session, ca::NewAuthority request,
                             const InitOptions& options) {
  std::string shown;
  while (true) {
    auto made = ca::create_authority(session, request);
    if (made || made.error().code != Code::kExists || request.overwrite) return made;
    if (!options.output.force) return fail(hint_if_exists(std::move(made).error(), kTokenHint));
    const std::string& found = made.error().message;
    if (options.yes) {
      say(found, "it is destroyed, and with it this CA");
    } else if (found != shown) {
      HALLIGAN_CHECK(confirm_loss(
          found + "\nThis CA will be lost for good: nothing can be signed with it any more.", "DELETE"));
      shown = found;
      continue;
    }
    request.overwrite = true;
  }
}

}  // namespace

Result<int> init_authority(const InitOptions& options) {
  ca::NewAuthority request = options.request;
  request.type = options.type == "ecdsa-sk" ? ssh::KeyType::kSkEcdsa : ssh::KeyType::kSkEd25519;
  HALLIGAN_CHECK(check_files(options.folder, options.output, kInitHint));
  HALLIGAN_TRY(auto desk, Desk::open(options.token, "to make the CA key"));
  HALLIGAN_TRY(const auto authority, create(desk->session(), request, options));
  auto written = ca::write_authority_files(options.folder, authority, options.output.existing());
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
  HALLIGAN_TRY(auto desk, Desk::open(options.token, "to find the CA key"));
  HALLIGAN_TRY(const auto authority,
               ca::find_authority(desk->session(), options.authority.application, options.authority.user));
  HALLIGAN_CHECK(ca::write_authority_files(options.folder, authority, options.output.existing()));
  return report(options.folder, options.output, authority);
}

}  // namespace halligan::cli
