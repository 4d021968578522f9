// halligan token keys list | rename | delete
#include <fmt/format.h>
#include <algorithm>

#include "base/log.hpp"
#include "cli/desk.hpp"
#include "cli/output.hpp"
#include "cli/token_command.hpp"
#include "cli/token_key_report.hpp"
#include "cli/token_report.hpp"
#include "token/user_id.hpp"

namespace halligan::cli {
namespace {

constexpr std::size_t kLongestName = 64;  // CTAP 2.1, 6.8.6 and WebAuthn 6.4.1: a token may cut at 64 bytes

bool named_by(const token::StoredKey& key, const KeyChoice& choice) {
  if (choice.name != key.application && choice.name != stored_key_fingerprint(key)) return false;
  return !choice.user || *choice.user == token::user_text(key.user_id) || *choice.user == hex(key.user_id) ||
         *choice.user == key.user_name;
}

Result<token::StoredKey> find_key(const token::StoredKeys& stored, const KeyChoice& choice) {
  std::vector<const token::StoredKey*> found;
  for (const token::StoredKey& key : stored.keys) {
    if (named_by(key, choice)) found.push_back(&key);
  }
  if (found.empty()) {
    return fail(Code::kNotFound,
                "the token at " + stored.token + " holds no key " + printable(choice.name) +
                    (choice.user ? " of the user " + printable(*choice.user) : ""),
                "see what it holds with: halligan token keys list");
  }
  if (found.size() > 1) {
    std::string candidates;
    for (const auto* key : found) candidates += (candidates.empty() ? "" : "; ") + short_key_words(*key);
    return fail(Code::kBadInput,
                fmt::format("{} names {} keys: {}", printable(choice.name), found.size(), candidates),
                "name one by its fingerprint, or say --user NAME");
  }
  return *found.front();
}

// A name that a terminal would obey, or that the token would cut without a word, is not put on a token.
Result<> check_name(std::string_view option, const std::optional<std::string>& text) {
  if (!text) return {};
  if (text->size() > kLongestName) {
    return fail(Code::kBadInput, fmt::format("{}: {} bytes, and a token need not keep more than {}", option,
                                             text->size(), kLongestName));
  }
  std::string plain = *text;
  std::erase(plain, '\\');
  if (!is_utf8(as_bytes(plain)) || printable(plain) != plain) {
    return fail(Code::kBadInput, fmt::format("{}: not UTF-8 text without control characters", option));
  }
  return {};
}

Result<> report_keys(const token::StoredKeys& stored, const std::optional<std::string>& application,
                     bool json) {
  std::vector<const token::StoredKey*> shown;
  for (const token::StoredKey& key : stored.keys) {
    if (!application || key.application == *application) shown.push_back(&key);
  }
  if (json) {
    ReportJson list = ReportJson::array();
    for (const auto* key : shown) list.push_back(stored_key_json(*key));
    return print(json_line({{"path", json_text(stored.path)},
                            {"keys", std::move(list)},
                            {"used", stored.used},
                            {"left", stored.left}}));
  }
  for (const auto* key : shown) HALLIGAN_CHECK(print(stored_key_text(*key) + "\n"));
  return print(
      report_row("Token", stored.token) +
      report_row("Room", fmt::format("{}, room for {} more", resident_words(stored.used), stored.left)));
}

Result<> report_key(const token::StoredKey& key, bool json) {
  return print(json ? json_line(stored_key_json(key)) : stored_key_text(key));
}

}  // namespace

Result<int> list_keys(const TokenKeysOptions& options) {
  HALLIGAN_TRY(auto desk, Desk::open(options.token, "to list its keys"));
  HALLIGAN_TRY(const auto stored, desk->session().run(token::stored_keys));
  HALLIGAN_CHECK(report_keys(stored, options.application, options.output.json));
  if (stored.keys.size() != stored.used) {
    say(fmt::format("the token counts {}, and names {}", resident_words(stored.used), stored.keys.size()));
  }
  return 0;
}

Result<int> rename_key(const TokenRenameOptions& options) {
  if (!options.user_name && !options.display_name) {
    return fail(Code::kUsage, "no new name is given", "say --name TEXT or --display-name TEXT");
  }
  HALLIGAN_CHECK(check_name("--name", options.user_name));
  HALLIGAN_CHECK(check_name("--display-name", options.display_name));
  HALLIGAN_TRY(auto desk, Desk::open(options.token, "to rename the key"));
  HALLIGAN_TRY(const auto stored, desk->session().run(token::stored_keys));
  HALLIGAN_TRY(auto key, find_key(stored, options.key));
  if (options.user_name) key.user_name = *options.user_name;
  if (options.display_name) key.display_name = *options.display_name;
  HALLIGAN_CHECK(desk->session().run(
      [&](const token::Context& context) { return token::rename_stored_key(context, key); }));
  HALLIGAN_CHECK(report_key(key, options.output.json));
  return 0;
}

Result<int> delete_key(const TokenDeleteOptions& options) {
  HALLIGAN_TRY(auto desk, Desk::open(options.token, "to delete the key"));
  HALLIGAN_TRY(const auto stored, desk->session().run(token::stored_keys));
  HALLIGAN_TRY(const auto key, find_key(stored, options.key));
  if (!options.yes) {
    HALLIGAN_CHECK(confirm_loss(report_row("Token", stored.token) + stored_key_text(key) +
                                    "This key will be lost for good, and with it every access that it gives.",
                                "DELETE"));
  }
  HALLIGAN_CHECK(desk->session().run(
      [&](const token::Context& context) { return token::delete_stored_key(context, key); }));
  HALLIGAN_CHECK(report_key(key, options.output.json));
  say("this key is deleted from the token at " + stored.token);
  return 0;
}

}  // namespace halligan::cli
