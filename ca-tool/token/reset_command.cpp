// halligan token reset
#include "base/log.hpp"
#include "ca/token_access.hpp"
#include "token/command.hpp"
#include "token/report.hpp"
#include "ui/confirm.hpp"
#include "ui/output.hpp"

namespace halligan::token {
namespace {

constexpr std::chrono::seconds kReplugPatience{120};

constexpr const char* kWindowHint = "take the token out, put it back in and run this again within 10 seconds";

std::string loss_words(const TokenInfo& info, const std::optional<std::uint64_t>& count) {
  std::string text = ui::text_row("Token", info.name);
  if (count) {
    text += ui::text_row("Holds", resident_words(*count));
  } else {
    text += ui::text_row("Holds", "resident keys that only its PIN would count (--pin-fd)");
  }
  return text +
         "A reset destroys every key ever made on this token, those in key files\n"
         "included, and its PIN. Hosts that trust only this token are closed for good.";
}

// The person at the keyboard is walked through it: out, in, touch.
Result<> reset_after_replug(ca::TokenAccess& access, const TokenInfo& before) {
  say("a token takes a reset only in the first 10 seconds after it was plugged in:",
      "take it out, put it back in, and touch it when it blinks");
  const auto work = [&](const fido::Context& context) -> Result<bool> {
    HALLIGAN_TRY(const auto after, await_replug(context, before.path, kReplugPatience));
    if (after.aaguid != before.aaguid) {
      return fail(Code::kNo, "another token was put in: nothing was changed",
                  "begin again with the one that is meant");
    }
    return reset(context);
  };
  HALLIGAN_TRY(const bool done, access.session().once(work));
  if (!done) return fail(Code::kNeedsPerson, "the token still refuses: nothing was changed", kWindowHint);
  return {};
}

}  // namespace

Result<int> reset_token(const TokenResetOptions& options) {
  HALLIGAN_TRY(auto access, ca::TokenAccess::open(options.token, "to destroy every key on it"));
  HALLIGAN_TRY(const auto info, access->session().run(read_info));
  std::optional<std::uint64_t> count;
  if (options.token.pin_fd) {
    HALLIGAN_TRY(count, access->session().run(count_stored_keys));
  }
  const std::string loss = loss_words(info, count);
  if (options.yes) {
    say("the token at " + info.name + " loses every key ever made on it, and its PIN",
        count ? "it holds " + resident_words(*count) : std::string());
  } else {
    HALLIGAN_CHECK(ui::confirm_loss(loss, "RESET"));
  }
  HALLIGAN_TRY(const bool done, access->session().once(reset));
  if (!done && options.yes) {
    return fail(Code::kNeedsPerson,
                "the token at " + info.name + " was plugged in too long ago for a reset: nothing was changed",
                kWindowHint);
  }
  if (!done) HALLIGAN_CHECK(reset_after_replug(*access, info));
  if (options.output.json) {
    HALLIGAN_CHECK(
        ui::print(ui::json_line({{"path", ui::json_text(info.path)},
                                 {"reset", true},
                                 {"resident_keys_lost", count ? ui::Json(*count) : ui::Json(nullptr)}})));
  } else {
    say("the token at " + info.name + " is as new: no key, no PIN");
  }
  return 0;
}

}  // namespace halligan::token
