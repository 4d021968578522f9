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

constexpr const char* kWindowHint = "remove the token, insert it and run this again within 10 seconds";

std::string loss_words(const TokenInfo& info, const std::optional<std::uint64_t>& count) {
  std::string text = ui::text_row("Token", info.name);
  if (count) {
    text += ui::text_row("Holds", resident_words(*count));
  } else {
    text += ui::text_row("Holds", "unknown; give its PIN with --pin-fd to count the resident keys");
  }
  return text +
         "A reset destroys every key made on this token, including those in key files,\n"
         "and its PIN. Hosts that trust only this token cannot be opened again.";
}

// With a person at the keyboard: remove, insert, touch.
Result<> reset_after_replug(ca::TokenAccess& access, const TokenInfo& before) {
  say("a token accepts a reset only in the first 10 seconds after it was plugged in",
      "remove it, insert it, and touch it when it blinks");
  const auto work = [&](const fido::Context& context) -> Result<bool> {
    HALLIGAN_TRY(const auto after, await_replug(context, before.path, kReplugPatience));
    if (after.aaguid != before.aaguid) {
      return fail(Code::kNo, "another token was inserted; nothing was changed",
                  "run this again with the right token");
    }
    return reset(context);
  };
  HALLIGAN_TRY(const bool done, access.session().once(work));
  if (!done)
    return fail(Code::kNeedsPerson, "the token still refuses a reset; nothing was changed", kWindowHint);
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
    say("the token at " + info.name + " will lose every key made on it, and its PIN",
        count ? "it holds " + resident_words(*count) : std::string());
  } else {
    HALLIGAN_CHECK(ui::confirm_loss(loss, "RESET"));
  }
  HALLIGAN_TRY(const bool done, access->session().once(reset));
  if (!done && options.yes) {
    return fail(Code::kNeedsPerson,
                "the token at " + info.name + " was plugged in too long ago for a reset; nothing was changed",
                kWindowHint);
  }
  if (!done) HALLIGAN_CHECK(reset_after_replug(*access, info));
  if (options.output.json) {
    HALLIGAN_CHECK(ui::print(ui::json_line({{"path", ui::json_text(info.path)},
                                            {"reset", true},
                                            {"resident_keys_lost", number_or_null(count)}})));
  } else {
    say("the token at " + info.name + " was reset: no keys, no PIN");
  }
  return 0;
}

}  // namespace halligan::token
