#include "ca/rules.hpp"

#include <filesystem>

#include "base/codec.hpp"
#include "ca/authority_key.hpp"
#include "io/files.hpp"
#include "io/folders.hpp"

namespace halligan::ca {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPolicyEnding = ".policy";  // beside the CA's files

// A dangling link counts: only if nothing has the name are there no rules.
Result<bool> exists(const std::string& path) {
  std::error_code error;
  const auto status = fs::symlink_status(path, error);
  if (status.type() == fs::file_type::not_found) return false;
  if (error) return fail(errno_error(Code::kUnreachable, printable(path), error.value()));
  return true;
}

// The one beside the CA's file; and beside a link to it, where another one would be ignored silently.
Result<std::string> beside(const std::string& file) {
  if (file.empty()) return std::string();
  const std::string path = authority_stem(file) + kPolicyEnding;
  const std::string beside_link = without_pub(file) + kPolicyEnding;
  HALLIGAN_TRY(const bool there, exists(path));
  HALLIGAN_TRY(const bool other, exists(beside_link));
  std::error_code ignored;
  if (other && path != beside_link && !fs::equivalent(beside_link, path, ignored)) {
    return fail(
        Code::kBadInput,
        "the CA is named by a link, and there is another policy beside the link: " + printable(beside_link),
        "name the CA's file itself, or choose the policy with --policy");
  }
  HALLIGAN_TRY(const io::Kind kind, io::kind_of(path));
  if (there && kind == io::Kind::kNothing) {
    return fail(Code::kUnreachable,
                "the policy " + printable(path) + " is a link to a file that does not exist",
                "restore the file, or choose a policy with --policy");
  }
  return there ? path : std::string();
}

// Where the link of the state folder leads; empty without one.
Result<std::string> remembered(const ssh::PublicKey& key) {
  const auto folder = StateFolder::of(key);
  if (!folder) return std::string();
  HALLIGAN_TRY(const bool there, exists(folder->policy()));
  if (!there) return std::string();
  std::error_code error;
  const bool link = fs::is_symlink(folder->policy(), error);
  const std::string path = link ? fs::read_symlink(folder->policy(), error).string() : folder->policy();
  if (fs::exists(path, error)) return path;
  if (error) return fail(errno_error(Code::kUnreachable, printable(path), error.value()));
  return fail(Code::kNotFound,
              "the policy " + printable(path) + ", which was in force for this CA, does not exist",
              "restore it, choose one with --policy, or forget it: rm " + shell_word(folder->policy()));
}

Result<bool> same_text(const std::string& a, const std::string& b) {
  HALLIGAN_TRY(const bool same, io::same_file(a, b));
  if (same) return true;
  HALLIGAN_TRY(const Bytes one, io::read_trusted_file(a, kLargestPolicy).in("policy"));
  HALLIGAN_TRY(const Bytes other, io::read_trusted_file(b, kLargestPolicy).in("policy"));
  return one == other;
}

Result<CaRules> with_policy(std::string file, CaRules rules) {
  if (file.empty()) return rules;
  HALLIGAN_TRY(rules.policy, read_policy(file));
  rules.policy_file = std::move(file);
  return rules;
}

}  // namespace

Result<CaRules> find_rules(const CaSelection& selection, const std::optional<std::string>& named,
                           const ssh::PublicKey& key, bool without) {
  CaRules rules;
  HALLIGAN_TRY(rules.configured, configured_by_key(selection, key));
  if (named) return with_policy(*named, std::move(rules));
  if (rules.configured && rules.configured->policy) {
    const Setting policy = *rules.configured->policy;
    return with_policy(policy.value, std::move(rules)).in(printable(policy.place()));
  }
  HALLIGAN_TRY(const std::string own, beside(selection.authority.file));
  const auto earlier = remembered(key);
  if (own.empty()) {
    if (!earlier && earlier.error().code == Code::kNotFound && without) return rules;
    HALLIGAN_TRY(std::string path, earlier);
    return with_policy(std::move(path), std::move(rules));
  }
  // One that was moved is found at its new place.
  if (earlier && !earlier->empty()) {
    HALLIGAN_TRY(const bool same, same_text(own, *earlier));
    if (!same) {
      return fail(Code::kBadInput,
                  "two policies differ: " + printable(own) + ", and " + printable(*earlier) +
                      ", which was in force for this CA before",
                  "choose one with --policy, or name it in the configuration");
    }
  }
  rules.remember = true;
  return with_policy(own, std::move(rules));
}

}  // namespace halligan::ca
