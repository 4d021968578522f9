#include "token/key_report.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "ca/policy_binding.hpp"
#include "crypto/digest.hpp"
#include "fido/credential/user_id.hpp"

namespace halligan::token {
namespace {

constexpr std::string_view kSshPrefix = "ssh:";  // ssh-keygen -K and ssh-add -K look at no other application

std::optional<ssh::PublicKey> ssh_key(const fido::ResidentKey& key) {
  if (!key.algorithm || key.application_cut || !key.application.starts_with(kSshPrefix)) return std::nullopt;
  const auto type =
      *key.algorithm == fido::Algorithm::kEcdsa ? ssh::KeyType::kSkEcdsa : ssh::KeyType::kSkEd25519;
  auto made = ssh::PublicKey::make(type, key.public_key, key.application);
  return made ? std::optional(*std::move(made)) : std::nullopt;
}

std::string_view why_not_ssh(const fido::ResidentKey& key) {
  if (key.application_cut) return "no: the token truncated the application";
  if (!key.algorithm) return "no: SSH has no such key type";
  return "no: the application does not begin with ssh:";
}

std::string type_words(const fido::ResidentKey& key) {
  if (key.cose_algorithm == 0) return "not reported";
  if (key.algorithm) return *key.algorithm == fido::Algorithm::kEcdsa ? "ecdsa-sk" : "ed25519-sk";
  return fmt::format("COSE {}", key.cose_algorithm);
}

// WebAuthn's credProtect levels (CTAP 2.1, 12.1).
std::string_view protection_words(int level) {
  switch (level) {
    case 1:
      return "1: used and listed without the PIN";
    case 2:
      return "2: listed only with the PIN, used without it";
    case 3:
      return "3: every use requires the PIN";
    default:
      return "not reported";
  }
}

}  // namespace

std::string stored_key_fingerprint(const fido::ResidentKey& key) {
  const auto public_key = ssh_key(key);
  return public_key ? crypto::fingerprint(*public_key) : std::string();
}

std::string stored_key_text(const fido::ResidentKey& key) {
  std::string text = ui::foreign_row("Application", printable(key.application));
  const std::string user = fido::user_text(key.user_id);
  text += ui::foreign_row("User", user.empty() ? "none" : printable(user));
  if (!key.user_id.empty()) text += ui::text_row("User ID", hex(key.user_id));
  if (!key.user_name.empty()) text += ui::foreign_row("User name", printable(key.user_name));
  if (!key.display_name.empty()) text += ui::foreign_row("Shown as", printable(key.display_name));
  if (const auto label = ca::parse_key_label(key.display_name); label.policy)
    text += ui::text_row("Policy", "bound to SHA-256 " + hex(*label.policy));
  const std::string fingerprint = stored_key_fingerprint(key);
  text += ui::text_row("Key", fingerprint.empty() ? type_words(key) : type_words(key) + " " + fingerprint);
  if (fingerprint.empty()) text += ui::text_row("For SSH", why_not_ssh(key));
  text += ui::text_row("Protection", protection_words(key.protection));
  return text;
}

std::string short_key_words(const fido::ResidentKey& key) {
  const std::string user = fido::user_text(key.user_id);
  std::string words = printable(key.application);
  words += user.empty() ? " (no user)" : " (user " + printable(user) + ")";
  const std::string fingerprint = stored_key_fingerprint(key);
  return fingerprint.empty() ? words : words + " " + fingerprint;
}

ui::Json stored_key_json(const fido::ResidentKey& key) {
  const std::string fingerprint = stored_key_fingerprint(key);
  ui::Json json{{"application", ui::json_text(key.application)}};
  json["user"] = ui::json_text(fido::user_text(key.user_id));
  json["user_id"] = hex(key.user_id);
  json["user_name"] = ui::json_text(key.user_name);
  json["display_name"] = ui::json_text(key.display_name);
  const auto policy = ca::parse_key_label(key.display_name).policy;
  json["policy_sha256"] = policy ? ui::Json(hex(*policy)) : ui::Json(nullptr);
  json["type"] = type_words(key);
  json["cose_algorithm"] = key.cose_algorithm == 0 ? ui::Json(nullptr) : ui::Json(key.cose_algorithm);
  json["fingerprint"] = fingerprint.empty() ? ui::Json(nullptr) : ui::Json(fingerprint);
  json["ssh"] = !fingerprint.empty();
  json["credential_id"] = hex(key.key_handle);
  json["protection"] = key.protection == 0 ? ui::Json(nullptr) : ui::Json(key.protection);
  return json;
}

}  // namespace halligan::token
