// halligan ca bind-policy
#include "base/log.hpp"
#include "ca/authority_files.hpp"
#include "ca/policy.hpp"
#include "ca/token_access.hpp"
#include "fido/credential/user_id.hpp"
#include "token/command.hpp"
#include "token/key_report.hpp"

namespace halligan::token {
namespace {

Result<std::optional<crypto::Sha256>> policy_hash(const BindPolicyOptions& options) {
  if (options.none) return std::optional<crypto::Sha256>();
  HALLIGAN_TRY(const ca::Policy policy,
               ca::read_policy(options.policy.value_or(ca::policy_beside(options.folder)))
                   .hint(Code::kNotFound, "name the policy with --policy FILE"));
  return policy.sha256;
}

// What the key is called now, and its new name.
Result<fido::ResidentKey> relabelled(fido::ResidentKey key, const BindPolicyOptions& options,
                                     const std::optional<crypto::Sha256>& policy) {
  ca::KeyLabel label = ca::parse_key_label(key.display_name);
  if (options.comment) label.comment = *options.comment;
  // The application is there anyway; without a policy it stands in the comment's place, as in `ca init`.
  if (policy && label.comment == key.application) label.comment.clear();
  if (!policy && label.comment.empty()) label.comment = key.application;
  label.policy = policy;
  HALLIGAN_TRY(key.display_name, ca::format_key_label(label));
  return key;
}

Result<fido::ResidentKey> read_again(ca::TokenSession& session, const fido::ResidentKey& key) {
  HALLIGAN_TRY(const auto stored, session.run(stored_keys));
  for (const fido::ResidentKey& each : stored.keys) {
    if (each.key_handle == key.key_handle) return each;
  }
  return fail(Code::kNotFound, "the token at " + stored.token + " no longer lists the key");
}

// On the token, and read back: a token may cut what it stores, and half a hash is none.
Result<> store(ca::TokenSession& session, const fido::ResidentKey& before, const fido::ResidentKey& after) {
  const auto rename = [&](const fido::ResidentKey& key) {
    return session.run([&](const fido::Context& context) { return rename_stored_key(context, key); });
  };
  HALLIGAN_CHECK(rename(after).hint(Code::kUnsupported,
                                    "bind the policy when the CA is made: halligan ca init --policy FILE"));
  HALLIGAN_TRY(const auto now, read_again(session, after));
  if (now.display_name == after.display_name) return {};
  HALLIGAN_CHECK(rename(before).in("restoring the key's name"));
  return fail(
      Code::kUnsupported,
      "the token at " + after.token + " did not keep the policy's hash whole; it has its old name again",
      "a token that keeps 64 bytes of a display name can be bound");
}

Result<> report(const fido::ResidentKey& key, bool json) {
  const ca::KeyLabel label = ca::parse_key_label(key.display_name);
  if (json) return ui::print(ui::json_line(stored_key_json(key)));
  return ui::print(
      ui::text_row("Application", printable(key.application)) +
      ui::text_row("Key", stored_key_fingerprint(key)) +
      ui::text_row("Comment", label.comment.empty() ? printable(key.application) : printable(label.comment)) +
      ui::text_row("Policy", label.policy ? "bound to SHA-256 " + hex(*label.policy) : "bound to none"));
}

void declare_bind(command::Flags& flags, BindPolicyOptions& options) {
  flags.option("-d,--directory", "DIR", options.folder, "folder with the CA's files");
  flags.option("--policy", "FILE", options.policy, "the policy (default: DIR/ca.policy)");
  flags.flag("--none", options.none, "bind the CA to no policy").without({"policy"});
  flags.option("-C,--comment", "TEXT", options.comment, "another name for the token").empty_too();
  flags.option("--application", "NAME", options.application, "the CA's application on the token");
  flags.option("--user", "NAME", options.user, "the CA's user on the token").empty_too();
  ui::declare_json(flags, options.output);
  ca::declare(flags, options.token);
}

}  // namespace

Result<int> bind_policy(const BindPolicyOptions& options) {
  HALLIGAN_TRY(const auto policy, policy_hash(options));
  HALLIGAN_TRY(auto access, ca::TokenAccess::open(options.token, "to bind the policy"));
  HALLIGAN_TRY(const auto stored, access->session().run(stored_keys));
  HALLIGAN_TRY(const auto before, find_key(stored, {options.application, options.user}));
  HALLIGAN_TRY(const auto after, relabelled(before, options, policy));
  HALLIGAN_CHECK(store(access->session(), before, after));
  HALLIGAN_TRY(const bool noted,
               ca::note_bound_policy(options.folder, stored_key_fingerprint(after), policy));
  HALLIGAN_CHECK(report(after, options.output.json));
  if (!noted)
    say("there is no ca.json of this CA in " + printable(options.folder) +
            ": with a handle file, only the token tells the policy",
        "write it with halligan ca export, or name its folder with -d");
  return 0;
}

command::Command bind_policy_command() {
  return command::make(
      "bind-policy", "bind the CA on the token to a policy", bind_policy, declare_bind,
      {.notes = "Writes the policy's SHA-256 into the key's display name on the token: mint and\n"
                "sign then refuse any other policy. Needs the PIN, and a token of CTAP 2.1.",
       .examples = {"halligan ca bind-policy -d ca-a --policy ca-a/ca.policy"}});
}

}  // namespace halligan::token
