// halligan token keys list | rename | delete
#include <fmt/format.h>
#include <algorithm>

#include "base/log.hpp"
#include "ca/token_access.hpp"
#include "fido/credential/user_id.hpp"
#include "token/command.hpp"
#include "token/key_report.hpp"
#include "token/report.hpp"
#include "ui/confirm.hpp"
#include "ui/output.hpp"

namespace halligan::token {
namespace {

constexpr std::size_t kLongestName = 64;  // CTAP 2.1, 6.8.6 and WebAuthn 6.4.1: a token may cut at 64 bytes

bool named_by(const fido::ResidentKey& key, const KeyChoice& choice) {
  if (choice.name != key.application && choice.name != stored_key_fingerprint(key)) return false;
  return !choice.user || *choice.user == fido::user_text(key.user_id) || *choice.user == hex(key.user_id) ||
         *choice.user == key.user_name;
}

// No name that would control a terminal, or that the token would truncate silently, is put on a token.
Result<> check_name(std::string_view option, const std::optional<std::string>& text) {
  if (!text) return {};
  if (text->size() > kLongestName) {
    return fail(Code::kBadInput, fmt::format("{}: {} bytes; tokens may truncate names after {}", option,
                                             text->size(), kLongestName));
  }
  std::string plain = *text;
  std::erase(plain, '\\');
  if (!is_utf8(as_bytes(plain)) || printable(plain) != plain) {
    return fail(Code::kBadInput, fmt::format("{}: not UTF-8 text without control characters", option));
  }
  return {};
}

Result<> report_keys(const StoredKeys& stored, const std::optional<std::string>& application, bool json) {
  std::vector<const fido::ResidentKey*> shown;
  for (const fido::ResidentKey& key : stored.keys) {
    if (!application || key.application == *application) shown.push_back(&key);
  }
  if (json) {
    ui::Json list = ui::Json::array();
    for (const auto* key : shown) list.push_back(stored_key_json(*key));
    return ui::print(ui::json_line({{"path", ui::json_text(stored.path)},
                                    {"keys", std::move(list)},
                                    {"used", stored.used},
                                    {"left", stored.left}}));
  }
  for (const auto* key : shown) HALLIGAN_CHECK(ui::print(stored_key_text(*key) + "\n"));
  return ui::print(
      ui::text_row("Token", stored.token) +
      ui::text_row("Room", fmt::format("{}, room for {} more", resident_words(stored.used), stored.left)));
}

Result<int> report_key(const fido::ResidentKey& key, bool json) {
  HALLIGAN_CHECK(ui::print(json ? ui::json_line(stored_key_json(key)) : stored_key_text(key)));
  return 0;
}

}  // namespace

Result<fido::ResidentKey> find_key(const StoredKeys& stored, const KeyChoice& choice) {
  std::vector<const fido::ResidentKey*> found;
  for (const fido::ResidentKey& key : stored.keys) {
    if (named_by(key, choice)) found.push_back(&key);
  }
  if (found.empty()) {
    return fail(Code::kNotFound,
                "the token at " + stored.token + " has no key " + printable(choice.name) +
                    (choice.user ? " of user " + printable(*choice.user) : ""),
                "list its keys with halligan token keys list");
  }
  if (found.size() > 1) {
    std::string candidates;
    for (const auto* key : found) candidates += (candidates.empty() ? "" : "; ") + short_key_words(*key);
    return fail(Code::kBadInput,
                fmt::format("{} matches {} keys: {}", printable(choice.name), found.size(), candidates),
                "name one by its fingerprint, or add --user NAME");
  }
  return *found.front();
}

Result<int> list_keys(const TokenKeysOptions& options) {
  HALLIGAN_TRY(auto access, ca::TokenAccess::open(options.token, "to list its keys"));
  HALLIGAN_TRY(const auto stored, access->session().run(stored_keys));
  HALLIGAN_CHECK(report_keys(stored, options.application, options.output.json));
  if (stored.keys.size() != stored.used) {
    say(fmt::format("the token reports {}, but lists {}", resident_words(stored.used), stored.keys.size()));
  }
  return 0;
}

Result<int> rename_key(const TokenRenameOptions& options) {
  if (!options.user_name && !options.display_name) {
    return fail(Code::kUsage, "no new name", "give --name TEXT or --display-name TEXT");
  }
  HALLIGAN_CHECK(check_name("--name", options.user_name));
  HALLIGAN_CHECK(check_name("--display-name", options.display_name));
  HALLIGAN_TRY(auto access, ca::TokenAccess::open(options.token, "to rename the key"));
  HALLIGAN_TRY(const auto stored, access->session().run(stored_keys));
  HALLIGAN_TRY(auto key, find_key(stored, options.key));
  if (options.user_name) key.user_name = *options.user_name;
  if (options.display_name) key.display_name = *options.display_name;
  HALLIGAN_CHECK(
      access->session().run([&](const fido::Context& context) { return rename_stored_key(context, key); }));
  return report_key(key, options.output.json);
}

Result<int> delete_key(const TokenDeleteOptions& options) {
  HALLIGAN_TRY(auto access, ca::TokenAccess::open(options.token, "to delete the key"));
  HALLIGAN_TRY(const auto stored, access->session().run(stored_keys));
  HALLIGAN_TRY(const auto key, find_key(stored, options.key));
  if (!options.yes) {
    HALLIGAN_CHECK(ui::confirm_loss(ui::text_row("Token", stored.token) + stored_key_text(key) +
                                        "This key and the access that it gives will be lost for good.",
                                    "DELETE"));
  }
  HALLIGAN_CHECK(
      access->session().run([&](const fido::Context& context) { return delete_stored_key(context, key); }));
  say("deleted this key from the token at " + stored.token);
  return report_key(key, options.output.json);
}

}  // namespace halligan::token
