// halligan token pin status | set | change
#include <fmt/format.h>

#include <algorithm>

#include "base/log.hpp"
#include "ca/token_access.hpp"
#include "fido/pin_rules.hpp"
#include "io/secret_input.hpp"
#include "io/terminal.hpp"
#include "token/command.hpp"
#include "token/report.hpp"
#include "ui/output.hpp"

namespace halligan::token {
namespace {

constexpr int kBlockedStatus = 5;          // a person has to act
constexpr std::uint64_t kShortestPin = 4;  // CTAP 2.1, 6.5.1

std::string_view pin_state(const TokenInfo& info) {
  if (!info.has("clientPin")) return "not set";
  return info.pin_tries == 0U || info.replug_required ? "blocked" : "set";
}

Result<> check_has_pin(const TokenInfo& info) {
  if (info.option("clientPin")) return {};
  return fail(Code::kUnsupported, "the token at " + info.name + " does not support a PIN");
}

Result<Pin> ask_in_normal_form(const io::SecretRequest& request) {
  HALLIGAN_TRY(const Pin typed, io::ask_secret(request));
  if (auto pin = fido::in_normal_form(typed.view())) return *std::move(pin);
  return fail(Code::kBadInput,
              is_utf8(typed.view()) ? "the new PIN is too long" : "the new PIN is not UTF-8 text");
}

Result<Pin> ask_once(const TokenPinOptions& options, const TokenInfo& info) {
  const std::string prompt = "New PIN for the token at " + info.name + ": ";
  HALLIGAN_TRY(Pin pin, ask_in_normal_form({.prompt = prompt, .fd = options.new_pin_fd}));
  HALLIGAN_CHECK(check_new_pin(pin, info.min_pin_length));
  if (options.new_pin_fd) return pin;
  // Asked twice where it cannot be seen; a PIN that breaks a rule is refused before the second time.
  HALLIGAN_TRY(const Pin again, ask_in_normal_form({.prompt = "The new PIN again: ", .fd = {}}));
  if (!same(pin.view(), again.view()))
    return fail(Code::kBadInput, "the two PINs differ; nothing was changed");
  return pin;
}

// Before the first question: whoever types the old PIN has the new one in mind.
void tell_rule(const TokenPinOptions& options, const TokenInfo& info) {
  if (options.new_pin_fd) return;
  say(fmt::format("a PIN has {} characters or more, of any kind, and at most 63 bytes",
                  std::max<std::uint64_t>(info.min_pin_length, kShortestPin)),
      "after 8 wrong ones in a row, on some tokens fewer, it is locked for good");
}

Result<Pin> ask_new_pin(const TokenPinOptions& options, const TokenInfo& info) {
  if (options.new_pin_fd) return ask_once(options, info);
  for (int tries = 1;; ++tries) {
    auto pin = ask_once(options, info);
    if (pin || pin.error().code != Code::kBadInput) return pin;
    if (tries < ca::kMostPinTries) {
      ui::complain(pin.error());
      continue;
    }
    // Whoever types on expects another question, and the shell must not get the answer.
    io::swallow_typed();
    return pin;
  }
}

Result<int> report_pin(const TokenPinOptions& options, const TokenInfo& info, std::string_view done) {
  if (options.output.json) {
    const ui::Json json{{"path", ui::json_text(info.path)}, {"pin", done}};
    HALLIGAN_CHECK(ui::print(ui::json_line(json)));
  } else {
    say(fmt::format("the PIN of the token at {} was {}", info.name, done));
  }
  return 0;
}

}  // namespace

Result<int> show_pin(const TokenInfoOptions& options) {
  HALLIGAN_TRY(auto access, ca::TokenAccess::open(options.token, "to show its PIN's state"));
  HALLIGAN_TRY(const auto info, access->session().run(read_info));
  HALLIGAN_CHECK(check_has_pin(info));
  const std::string_view state = pin_state(info);
  if (options.output.json) {
    ui::Json json{{"path", ui::json_text(info.path)}, {"pin", state}};
    json["pin_tries_left"] = number_or_null(info.pin_tries);
    json["tries_left"] = number_or_null(info.pin_tries);  // the old name, for this release
    json["replug_required"] = info.replug_required;
    json["min_length"] = info.min_pin_length;
    json["change_required"] = info.force_pin_change;
    HALLIGAN_CHECK(ui::print(ui::json_line(json)));
  } else {
    std::string words(state);
    if (info.pin_tries.value_or(0) > 0) words += ", " + tries_words(*info.pin_tries);
    if (info.pin_tries == 0U) {
      words += " for good: only a reset, which destroys its keys, makes the token usable again";
    } else if (info.replug_required) {
      words += ", until the token is removed and inserted again";
    }
    if (info.force_pin_change) words += ", must be changed before use";
    HALLIGAN_CHECK(ui::print(ui::text_row("Token", info.name) + ui::text_row("PIN", words)));
  }
  if (state == "blocked") return kBlockedStatus;
  return state == "set" ? 0 : 1;
}

Result<int> set_first_pin(const TokenPinOptions& options) {
  HALLIGAN_TRY(auto access, ca::TokenAccess::open(options.token, "to set its PIN"));
  HALLIGAN_TRY(const auto info, access->session().run(read_info));
  HALLIGAN_CHECK(check_has_pin(info));
  if (info.has("clientPin")) {
    return fail(Code::kExists, "the token at " + info.name + " already has a PIN",
                "change it with halligan token pin change");
  }
  tell_rule(options, info);
  HALLIGAN_TRY(const Pin fresh, ask_new_pin(options, info));
  HALLIGAN_CHECK(
      access->session().run([&](const fido::Context& context) { return set_pin(context, fresh, nullptr); }));
  return report_pin(options, info, "set");
}

Result<int> change_pin(const TokenPinOptions& options) {
  HALLIGAN_TRY(auto access, ca::TokenAccess::open(options.token, "to change its PIN"));
  HALLIGAN_TRY(const auto info, access->session().run(read_info));
  HALLIGAN_CHECK(check_has_pin(info));
  if (!info.has("clientPin")) {
    return fail(Code::kUnsupported, "no PIN is set on the token at " + info.name,
                "set one with halligan token pin set");
  }
  tell_rule(options, info);
  const std::string prompt = "Old PIN of the token at " + info.name + ": ";
  HALLIGAN_TRY(const Pin typed, io::ask_secret({.prompt = prompt, .fd = options.token.pin_fd}));
  HALLIGAN_TRY(const Pin old, fido::possible_pin(typed.view()));
  HALLIGAN_TRY(const Pin fresh, ask_new_pin(options, info));
  // Not through the session, which would ask again and spend another try.
  HALLIGAN_CHECK(
      access->session().once([&](const fido::Context& context) { return set_pin(context, fresh, &old); }));
  return report_pin(options, info, "changed");
}

}  // namespace halligan::token
