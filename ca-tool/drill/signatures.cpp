#include "drill/signatures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/codec.hpp"
#include "ca/key_signers.hpp"
#include "crypto/digest.hpp"
#include "crypto/sshsig.hpp"
#include "ssh/allowed_signers.hpp"
#include "ui/describe.hpp"

namespace halligan::drill {
namespace {

constexpr std::array kRoles{Role::kOperator, Role::kWitness};
constexpr std::size_t kLargestSignature = 1 << 16;  // bytes
constexpr std::size_t kLargestSigners = 1 << 20;

Result<std::string> signed_by(std::string_view armor, Role role, const std::string& message) {
  HALLIGAN_TRY(const auto by, crypto::verify_armored_sshsig(armor, role_namespace(role), as_bytes(message)));
  // Without a touch the machine may have signed without its user.
  if (by.verified.is_sk && !by.verified.user_present()) return fail(Code::kNo, "made without a touch");
  return crypto::fingerprint(by.key);
}

// Nothing without such a file. One that cannot be read now is neither good nor bad.
Result<std::optional<DrillSignature>> read_signature(const DrillLog& log, std::uint64_t number, Role role) {
  DrillSignature found{.role = role, .file = signature_file(log, number, role)};
  const auto armor = io::read_file(found.file, kLargestSignature);
  if (!armor && armor.error().code == Code::kNotFound) return std::nullopt;
  if (!armor && armor.error().code == Code::kUnreachable) return fail(armor.error());
  auto key = armor ? signed_by(as_text(*armor), role, signed_text(log, number))
                   : Result<std::string>(fail(armor.error()));
  if (key) {
    found.key = *std::move(key);
  } else {
    found.why = printable(key.error().message);
  }
  return found;
}

Result<> name_signers(std::vector<DrillSignature>& signatures, const std::string& file) {
  HALLIGAN_TRY(const Bytes text, io::read_file(file, kLargestSigners));
  for (DrillSignature& each : signatures) {
    if (!each.good()) continue;
    HALLIGAN_TRY(const auto allowed,
                 ssh::parse_allowed_signers(as_text(text), role_namespace(each.role)).in(printable(file)));
    const auto signer = std::ranges::find_if(
        allowed, [&](const ssh::AllowedSigner& other) { return crypto::fingerprint(other.key) == each.key; });
    if (signer == allowed.end()) {
      each.why = "by a key that is not among the signers";
    } else {
      each.person = printable(signer->person);
    }
  }
  return {};
}

}  // namespace

std::string_view role_word(Role role) { return role == Role::kOperator ? "operator" : "witness"; }
std::string_view role_namespace(Role role) {
  return role == Role::kOperator ? "halligan-drill-operator" : "halligan-drill-witness";
}

std::string signed_text(const DrillLog& log, std::uint64_t number) {
  std::string text;
  for (std::uint64_t i = 0; i <= number; ++i) text += ledger::drills::format_drill(log.drills.at(i)) + "\n";
  return text;
}

std::string signature_file(const DrillLog& log, std::uint64_t number, Role role) {
  return fmt::format("{}-{}.{}.sig", log.file, number, role_word(role));
}

Result<DrillSignature> sign_drill(const DrillLog& log, std::uint64_t number, Role role,
                                  const std::string& key, io::Existing existing) {
  DrillSignature made{.role = role, .file = signature_file(log, number, role)};
  HALLIGAN_CHECK(io::check_new_files(std::vector<std::string>{made.file}, existing)
                     .hint(Code::kExists, "replace the signature with --force"));
  const std::string text = signed_text(log, number);
  HALLIGAN_TRY(const std::string armor, ca::sign_by_ssh_keygen(key, role_namespace(role), text));
  HALLIGAN_TRY(made.key, signed_by(armor, role, text));
  const Role other_role = role == Role::kOperator ? Role::kWitness : Role::kOperator;
  HALLIGAN_TRY(const auto other, read_signature(log, number, other_role));
  if (other && other->key == made.key)
    return fail(Code::kNo, fmt::format("this key has signed as {} already", role_word(other_role)),
                "a witness is somebody else, with another key");
  const io::NewFile file{made.file, 0644, as_bytes(armor)};
  HALLIGAN_CHECK(io::write_files({&file, 1}, existing));
  return made;
}

Result<std::vector<DrillSignature>> verify_signatures(const DrillLog& log, std::uint64_t number,
                                                      const std::string& signers) {
  std::vector<DrillSignature> found;
  for (const Role role : kRoles) {
    HALLIGAN_TRY(auto signature, read_signature(log, number, role));
    if (signature) found.push_back(*std::move(signature));
  }
  if (found.size() == 2 && found[0].good() && found[1].good() && found[0].key == found[1].key)
    found[1].why = "by the operator's own key";
  if (signers.empty()) return found;
  HALLIGAN_CHECK(name_signers(found, signers));
  if (found.size() == 2 && found[0].good() && found[1].good() && found[0].person == found[1].person)
    found[1].why = "by the operator, with another key";
  if (found.empty() || found.front().role != Role::kOperator) {
    found.insert(
        found.begin(),
        {.role = Role::kOperator, .file = signature_file(log, number, Role::kOperator), .why = "not signed"});
  }
  return found;
}

std::string to_text(const DrillSignature& signature) {
  std::string text(role_word(signature.role));
  text += signature.good() ? ", good" : ", BAD: " + signature.why;
  if (!signature.key.empty())
    text += ": " + (signature.person.empty() ? "" : signature.person + ", ") + signature.key;
  return text;
}

ui::Json to_json(const DrillSignature& signature) {
  ui::Json json{{"role", role_word(signature.role)}, {"good", signature.good()}};
  json["key"] = signature.key;
  json["person"] = signature.person;
  json["why"] = signature.why;
  ui::put_text(json, "file", signature.file);
  return json;
}

}  // namespace halligan::drill
