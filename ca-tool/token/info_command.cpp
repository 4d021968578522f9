// halligan token info | wink
#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "base/log.hpp"
#include "ca/token_access.hpp"
#include "token/command.hpp"
#include "token/report.hpp"
#include "ui/output.hpp"

namespace halligan::token {
namespace {

struct OptionWords {
  std::string_view name;
  std::string_view yes;
  std::string_view no;
};

// CTAP 2.1, 6.4: options. An option that is not there is "not supported".
constexpr std::array<OptionWords, 19> kOptionWords{{
    {"rk", "stores resident keys", "does not store resident keys"},
    {"up", "detects touch", "does not detect touch"},
    {"uv", "built-in user verification is set up", "built-in user verification is not set up"},
    {"plat", "is built into a computer", "is not built into a computer"},
    {"clientPin", "a PIN is set", "no PIN is set"},
    {"pinUvAuthToken", "issues PIN/UV auth tokens with permissions",
     "issues no PIN/UV auth tokens with permissions"},
    {"noMcGaPermissionsWithClientPin", "the PIN alone cannot make or use keys",
     "the PIN alone can make and use keys"},
    {"largeBlobs", "stores large blobs", "does not store large blobs"},
    {"ep", "enterprise attestation is on", "enterprise attestation is off"},
    {"bioEnroll", "fingerprints are enrolled", "no fingerprint is enrolled"},
    {"userVerificationMgmtPreview", "fingerprints are enrolled (preview)",
     "no fingerprint is enrolled (preview)"},
    {"uvBioEnroll", "fingerprint enrollment can be authorized by built-in user verification",
     "fingerprint enrollment cannot be authorized by built-in user verification"},
    {"authnrCfg", "can be configured", "cannot be configured"},
    {"uvAcfg", "configuration can be authorized by built-in user verification",
     "configuration cannot be authorized by built-in user verification"},
    {"credMgmt", "lists, renames and deletes its resident keys", "does not manage its resident keys"},
    {"credentialMgmtPreview", "lists and deletes its resident keys (preview)",
     "does not manage its resident keys (preview)"},
    {"setMinPINLength", "the minimum length of the PIN can be raised",
     "the minimum length of the PIN is fixed"},
    {"makeCredUvNotRqd", "makes non-resident keys without the PIN", "requires the PIN to make any key"},
    {"alwaysUv", "always requires user verification", "requires user verification only on request"},
}};

std::string_view option_meaning(std::string_view name, bool value) {
  for (const OptionWords& words : kOptionWords) {
    if (words.name == name) return value ? words.yes : words.no;
  }
  return "unknown to this program";
}

std::string aaguid_text(ByteView aaguid) {
  if (aaguid.size() != 16) return {};
  const std::string digits = hex(aaguid);
  return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4), digits.substr(12, 4),
                     digits.substr(16, 4), digits.substr(20));
}

std::string algorithm_words(std::int64_t cose) {
  if (cose == -7) return "ecdsa-sk";
  if (cose == -8) return "ed25519-sk";
  return fmt::format("COSE {} (not for SSH)", cose);
}

std::string pin_words(const TokenInfo& info) {
  const auto pin = info.option("clientPin");
  if (!pin) return "not supported";
  std::string words = *pin ? "set" : "not set";
  if (info.pin_tries == 0U) words = "blocked for good: only a reset frees the token";
  if (info.pin_tries.value_or(0) > 0) words += ", " + tries_words(*info.pin_tries);
  words += fmt::format("; at least {} characters", info.min_pin_length);
  if (info.replug_required) words += "; blocked until the token is replugged";
  if (info.force_pin_change) words += "; must be changed before use";
  return words;
}

std::string verification_words(const TokenInfo& info) {
  const auto built_in = info.option("uv");
  if (!built_in) return "by PIN alone";
  if (!*built_in) return "by PIN; built-in user verification is not set up";
  if (info.verification_tries == 0U)
    return "by PIN; built-in user verification is blocked until the PIN is given";
  if (!info.verification_tries) return "by PIN or built-in user verification";
  return "by PIN or built-in user verification, " + tries_words(*info.verification_tries);
}

std::string list_words(const std::vector<std::string>& items) {
  std::string words;
  for (const std::string& item : items) words += (words.empty() ? "" : ", ") + printable(item);
  return words.empty() ? "not reported" : words;
}

bool has_extension(const TokenInfo& info, std::string_view name) {
  return std::find(info.extensions.begin(), info.extensions.end(), name) != info.extensions.end();
}

std::string info_text(const TokenInfo& info) {
  std::string text = ui::text_row("Token", info.name);
  text += ui::text_row("Versions", list_words(info.versions));
  text += ui::text_row("AAGUID", info.aaguid.empty() ? "not reported" : aaguid_text(info.aaguid));
  text += ui::text_row("Firmware", info.firmware ? fmt::format("{} (0x{:x})", *info.firmware, *info.firmware)
                                                 : std::string("not reported"));
  text += ui::text_row("Transports", list_words(info.transports));
  std::string keys;
  for (const std::int64_t cose : info.algorithms) keys += (keys.empty() ? "" : ", ") + algorithm_words(cose);
  text += ui::text_row("Makes keys", keys.empty() ? "of types that it does not report" : keys);
  text += ui::text_row("PIN", pin_words(info));
  text += ui::text_row("Verifies", verification_words(info));
  text += ui::text_row("Room for", info.remaining_credentials
                                       ? fmt::format("{} more resident keys", *info.remaining_credentials)
                                       : std::string("not reported; see token keys list"));
  text += ui::text_row("Protects", has_extension(info, "credProtect")
                                       ? "individual keys by PIN (credProtect)"
                                       : "no individual key by PIN (no credProtect)");
  text += ui::text_row("Extensions", list_words(info.extensions));
  bool first = true;
  for (const auto& [name, value] : info.options) {
    text += ui::text_row(
        first ? "Options" : "",
        fmt::format("{} {}: {}", printable(name), value ? "yes" : "no", option_meaning(name, value)));
    first = false;
  }
  return text;
}

ui::Json json_list(const std::vector<std::string>& texts) {
  ui::Json list = ui::Json::array();
  for (const std::string& text : texts) list.push_back(ui::json_text(text));
  return list;
}

// Every member is always present: what the token does not report is null.
ui::Json info_json(const TokenInfo& info) {
  ui::Json json{{"path", ui::json_text(info.path)}};
  json["versions"] = json_list(info.versions);
  json["extensions"] = json_list(info.extensions);
  json["transports"] = json_list(info.transports);
  json["aaguid"] = info.aaguid.empty() ? ui::Json(nullptr) : ui::Json(aaguid_text(info.aaguid));
  json["firmware"] = number_or_null(info.firmware);
  ui::Json options = ui::Json::object();
  for (const auto& [name, value] : info.options) options[ui::json_text(name)] = value;
  json["options"] = std::move(options);
  json["algorithms"] = info.algorithms;
  json["pin_protocols"] = info.pin_protocols;
  json["pin_tries_left"] = number_or_null(info.pin_tries);
  json["replug_required"] = info.replug_required;
  json["verification_tries_left"] = number_or_null(info.verification_tries);
  json["min_pin_length"] = info.min_pin_length;
  json["pin_change_required"] = info.force_pin_change;
  json["resident_keys_left"] = number_or_null(info.remaining_credentials);
  json["max_message_size"] = info.max_message_size;
  json["max_credentials_in_list"] = number_or_null(info.max_credentials_in_list);
  json["max_credential_id_length"] = number_or_null(info.max_credential_id_length);
  return json;
}

}  // namespace

Result<int> show_token(const TokenInfoOptions& options) {
  HALLIGAN_TRY(auto access, ca::TokenAccess::open(options.token, "to show what it is"));
  HALLIGAN_TRY(const auto info, access->session().run(read_info));
  HALLIGAN_CHECK(ui::print(options.output.json ? ui::json_line(info_json(info)) : info_text(info)));
  return 0;
}

Result<int> wink_token(const TokenInfoOptions& options) {
  HALLIGAN_TRY(auto access, ca::TokenAccess::open(options.token, "to blink"));
  HALLIGAN_TRY(const auto winked, access->session().run(wink));
  if (options.output.json) {
    HALLIGAN_CHECK(ui::print(ui::json_line({{"path", ui::json_text(winked.path)}, {"winked", true}})));
  } else {
    say("the token at " + winked.token + " is blinking");
  }
  return 0;
}

}  // namespace halligan::token
