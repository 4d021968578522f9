// halligan unlock
#include <fmt/format.h>

#include "base/codec.hpp"
#include "io/clock.hpp"
#include "token/report.hpp"
#include "ui/describe.hpp"
#include "unattended/unlock.hpp"

namespace halligan::unattended {
namespace {

ui::Json json_of(const Unlocked& done, const std::optional<std::uint32_t>& lifetime) {
  ui::Json json{{"token", ui::json_text(done.path)}, {"agent", ui::json_text(done.agent)}};
  json["lifetime"] = lifetime ? ui::Json(*lifetime) : ui::Json(nullptr);
  json["pin_held_until"] = token::number_or_null(done.held_until);
  json["keys"] = ui::Json::array();
  for (const UnlockedKey& each : done.keys) {
    ui::Json key = ui::key_json(each.key);
    key["counter"] = token::number_or_null(each.counter);
    json["keys"].push_back(std::move(key));
  }
  return json;
}

std::string text_of(const Unlocked& done, const std::optional<std::uint32_t>& lifetime) {
  std::string text = ui::text_row("Token", done.token);
  for (const UnlockedKey& each : done.keys)
    text +=
        ui::text_row("Key", each.counter ? fmt::format("{} {}, counter {}", printable(each.key.application()),
                                                       ui::key_words(each.key), *each.counter)
                                         : ui::key_words(each.key));
  if (done.held_until) {
    text += ui::text_row("PIN held", "until " + io::format_local(*done.held_until) +
                                         (done.hidden ? ", in memory that no other process can read"
                                                      : ", in locked memory, which root can read"));
  }
  return text +
         ui::text_row("Agent", done.agent + (lifetime ? ", forgets it in " + ui::duration_words(*lifetime)
                                                      : ", until halligan lock"));
}

}  // namespace

Result<int> unlock_keys(const UnlockOptions& options) {
  HALLIGAN_TRY(const Unlocked done, unlock(options));
  HALLIGAN_CHECK(ui::print(options.output.json ? ui::json_line(json_of(done, options.lifetime))
                                               : text_of(done, options.lifetime)));
  return 0;
}

}  // namespace halligan::unattended
