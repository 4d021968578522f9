// halligan token info | wink
#include <fmt/format.h>
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
    {"rk", "stores resident keys", "stores no resident keys"},
    {"up", "tells a touch", "cannot tell a touch"},
    {"uv", "verifies its user by itself (finger, face)",
     "could verify its user by itself; nobody is enrolled"},
    {"plat", "is part of a computer", "is not part of a computer"},
    {"clientPin", "a PIN is set", "no PIN is set"},
    {"pinUvAuthToken", "gives out tokens of limited use for a PIN",
     "gives out no tokens of limited use for a PIN"},
    {"noMcGaPermissionsWithClientPin", "the PIN alone neither makes nor uses keys", "the PIN is enough"},
    {"largeBlobs", "stores large blobs", "stores no large blobs"},
    {"ep", "enterprise attestation is on", "enterprise attestation is off"},
    {"bioEnroll", "fingers are enrolled", "fingers can be enrolled; none is"},
    {"userVerificationMgmtPreview", "fingers are enrolled (preview)",
     "fingers can be enrolled; none is (preview)"},
    {"uvBioEnroll", "fingers may be enrolled by a finger", "fingers may not be enrolled by a finger"},
    {"authnrCfg", "can be configured", "cannot be configured"},
    {"uvAcfg", "may be configured by a finger", "may not be configured by a finger"},
    {"credMgmt", "lists, renames and deletes its resident keys", "does not manage its resident keys"},
    {"credentialMgmtPreview", "lists and deletes its resident keys (preview)",
     "no preview of key management"},
    {"setMinPINLength", "the minimum length of the PIN can be raised",
     "the minimum length of the PIN is fixed"},
    {"makeCredUvNotRqd", "makes keys that are not resident without the PIN", "makes no key without the PIN"},
    {"alwaysUv", "wants the PIN or a finger for everything", "wants the PIN or a finger only where asked"},
}};

std::string_view option_meaning(std::string_view name, bool value) {
  for (const OptionWords& words : kOptionWords) {
    if (words.name == name) return value ? words.yes : words.no;
  }
  return "not one that this program knows";
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
  if (!pin) return "this token has none";
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
  if (!*built_in) return "by PIN; it has a sensor, nobody is enrolled";
  if (info.verification_tries == 0U) return "by PIN; its sensor is blocked until the PIN is given";
  if (!info.verification_tries) return "by PIN or its own sensor";
  return "by PIN or its own sensor, " + tries_words(*info.verification_tries);
}

std::string list_words(const std::vector<std::string>& items) {
  std::string words;
  for (const std::string& item : items) words += (words.empty() ? "" : ", ") + printable(item);
  return words.empty() ? "not told" : words;
}

bool has_extension(const TokenInfo& info, std::string_view name) {
  for (const std::string& extension : info.extensions) {
    if (extension == name) return true;
  }
  return false;
}

std::string info_text(const TokenInfo& info) {
  std::string text = ui::text_row("Token", info.name);
  text += ui::text_row("Versions", list_words(info.versions));
  text += ui::text_row("AAGUID", info.aaguid.empty() ? "not told" : aaguid_text(info.aaguid));
  text += ui::text_row("Firmware", info.firmware ? fmt::format("{} (0x{:x})", *info.firmware, *info.firmware)
                                                 : std::string("not told"));
  text += ui::text_row("Transports", list_words(info.transports));
  std::string keys;
  for (const std::int64_t cose : info.algorithms) keys += (keys.empty() ? "" : ", ") + algorithm_words(cose);
  text += ui::text_row("Makes keys", keys.empty() ? "of types that it does not tell" : keys);
  text += ui::text_row("PIN", pin_words(info));
  text += ui::text_row("Verifies", verification_words(info));
  text += ui::text_row("Room for", info.remaining_credentials
                                       ? fmt::format("{} more resident keys", *info.remaining_credentials)
                                       : std::string("not told; keys list knows"));
  text += ui::text_row("Protects", has_extension(info, "credProtect")
                                       ? "single keys by the PIN (credProtect)"
                                       : "no single key by the PIN (no credProtect)");
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

template <typename Number>
ui::Json number_or_null(const std::optional<Number>& number) {
  return number ? ui::Json(*number) : ui::Json(nullptr);
}

ui::Json json_list(const std::vector<std::string>& texts) {
  ui::Json list = ui::Json::array();
  for (const std::string& text : texts) list.push_back(ui::json_text(text));
  return list;
}

// Every member is always there: what the token does not tell is null.
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
  ui::Json algorithms = ui::Json::array();
  for (const std::int64_t cose : info.algorithms) algorithms.push_back(cose);
  json["algorithms"] = std::move(algorithms);
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
  HALLIGAN_TRY(auto access, ca::TokenAccess::open(options.token, "to wink"));
  HALLIGAN_TRY(const auto winked, access->session().run(wink));
  if (options.output.json) {
    HALLIGAN_CHECK(ui::print(ui::json_line({{"path", ui::json_text(winked.path)}, {"winked", true}})));
  } else {
    say("the token at " + winked.token + " winks");
  }
  return 0;
}

}  // namespace halligan::token
