// halligan ca init | export
#include <fmt/format.h>

#include "base/codec.hpp"
#include "ca/authority_files.hpp"
#include "cli/command.hpp"
#include "cli/desk.hpp"
#include "cli/output.hpp"
#include "crypto/digest.hpp"

namespace halligan::cli {
namespace {

constexpr const char* kFilesHint = "choose another folder with -d, or replace the files with --force";
constexpr const char* kTokenHint = "keep both with --user NAME, or destroy the old CA with --force";

// Before the token is asked for anything.
Result<> check_files(const std::string& folder, const OutputOptions& output) {
  auto checked = ca::check_authority_files(folder, output.existing());
  if (checked) return {};
  Error error = hint_if_exists(std::move(checked).error(), kFilesHint);
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

}  // namespace

Result<int> init_authority(const InitOptions& options) {
  ca::NewAuthority request = options.request;
  request.type = options.type == "ecdsa-sk" ? ssh::KeyType::kSkEcdsa : ssh::KeyType::kSkEd25519;
  request.overwrite = options.output.force;
  HALLIGAN_CHECK(check_files(options.folder, options.output));
  HALLIGAN_TRY(auto desk, Desk::open(options.token, "to make the CA key"));
  auto authority = ca::create_authority(desk->session(), request);
  if (!authority) return fail(hint_if_exists(std::move(authority).error(), kTokenHint));
  auto written = ca::write_authority_files(options.folder, *authority, options.output.existing());
  if (!written) {
    Error error = std::move(written).error();
    error.hint = "the key is on the token all the same: write its files with halligan ca export";
    return fail(std::move(error));
  }
  return report(options.folder, options.output, *authority);
}

Result<int> export_authority(const ExportOptions& options) {
  HALLIGAN_CHECK(check_files(options.folder, options.output));
  HALLIGAN_TRY(auto desk, Desk::open(options.token, "to find the CA key"));
  HALLIGAN_TRY(const auto authority,
               ca::find_authority(desk->session(), options.authority.application, options.authority.user));
  HALLIGAN_CHECK(ca::write_authority_files(options.folder, authority, options.output.existing()));
  return report(options.folder, options.output, authority);
}

}  // namespace halligan::cli
