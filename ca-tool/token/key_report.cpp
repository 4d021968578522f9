#include "cli/token_key_report.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "crypto/digest.hpp"
#include "token/user_id.hpp"

namespace halligan::cli {
namespace {

constexpr std::string_view kSshPrefix = "ssh:";  // ssh-keygen -K and ssh-add -K look at no other application

std::optional<ssh::PublicKey> ssh_key(const token::StoredKey& key) {
  if (!key.algorithm || key.application_cut || !key.application.starts_with(kSshPrefix)) return std::nullopt;
  const auto type =
      *key.algorithm == token::Algorithm::kEcdsa ? ssh::KeyType::kSkEcdsa : ssh::KeyType::kSkEd25519;
  auto made = ssh::PublicKey::make(type, key.public_key, key.application);
  return made ? std::optional(*std::move(made)) : std::nullopt;
}

std::string_view why_not_ssh(const token::StoredKey& key) {
  if (key.application_cut) return "no: the token cut its application short";
  if (!key.algorithm) return "no: SSH has no such type of key";
  return "no: the application does not begin with ssh:";
}

std::string type_words(const token::StoredKey& key) {
  if (key.cose == 0) return "not told";
  if (key.algorithm) return *key.algorithm == token::Algorithm::kEcdsa ? "ecdsa-sk" : "ed25519-sk";
  return fmt::format("COSE {}", key.cose);
}

// WebAuthn's credProtect levels (CTAP 2.1, 12.1).
std::string_view protection_words(int level) {
  switch (level) {
    case 1:
      return "1: used and found without the PIN";
    case 2:
      return "2: found only with the PIN, used without it";
    case 3:
      return "3: every use wants the PIN";
    default:
      return "not told";
  }
}

}  // namespace

std::string stored_key_fingerprint(const token::StoredKey& key) {
  const auto public_key = ssh_key(key);
  return public_key ? crypto::fingerprint(*public_key) : std::string();
}

std::string stored_key_text(const token::StoredKey& key) {
  std::string text = report_row("Application", printable(key.application));
  const std::string user = token::user_text(key.user_id);
  text += report_row("User", user.empty() ? "no name" : printable(user));
  if (!key.user_id.empty()) text += report_row("User id", hex(key.user_id));
  if (!key.user_name.empty()) text += report_row("User name", printable(key.user_name));
  if (!key.display_name.empty()) text += report_row("Shown as", printable(key.display_name));
  const std::string fingerprint = stored_key_fingerprint(key);
  text += report_row("Key", fingerprint.empty() ? type_words(key) : type_words(key) + " " + fingerprint);
  if (fingerprint.empty()) text += report_row("For SSH", why_not_ssh(key));
  text += report_row("Protection", protection_words(key.protection));
  return text;
}

std::string short_key_words(const token::StoredKey& key) {
  const std::string user = token::user_text(key.user_id);
  std::string words = printable(key.application);
  words += user.empty() ? " (no user)" : " (user " + printable(user) + ")";
  const std::string fingerprint = stored_key_fingerprint(key);
  return fingerprint.empty() ? words : words + " " + fingerprint;
}

ReportJson stored_key_json(const token::StoredKey& key) {
  const std::string fingerprint = stored_key_fingerprint(key);
  ReportJson json{{"application", json_text(key.application)}};
  json["user"] = json_text(token::user_text(key.user_id));
  json["user_id"] = hex(key.user_id);
  json["user_name"] = json_text(key.user_name);
  json["display_name"] = json_text(key.display_name);
  json["type"] = type_words(key);
  json["cose_algorithm"] = key.cose == 0 ? ReportJson(nullptr) : ReportJson(key.cose);
  json["fingerprint"] = fingerprint.empty() ? ReportJson(nullptr) : ReportJson(fingerprint);
  json["ssh"] = !fingerprint.empty();
  json["credential_id"] = hex(key.credential_id);
  json["protection"] = key.protection == 0 ? ReportJson(nullptr) : ReportJson(key.protection);
  return json;
}

}  // namespace halligan::cli
