// halligan checkpin
#include <fmt/format.h>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "io/clock.hpp"
#include "ui/describe.hpp"
#include "unattended/check.hpp"

namespace halligan::unattended {
namespace {

ui::Json json_of(const Check& check) {
  ui::Json json{{"state", state_word(check.state)}, {"status", static_cast<int>(check.state)}};
  json["reason"] = ui::json_text(check.why.message);
  json["hint"] = ui::json_text(check.why.hint);
  json["agent"] = check.agent.empty() ? ui::Json(nullptr) : ui::Json(ui::json_text(check.agent));
  json["pin_held_until"] = check.held_until ? ui::Json(*check.held_until) : ui::Json(nullptr);
  json["keys"] = ui::Json::array();
  for (const CheckedKey& each : check.keys) {
    ui::Json key = ui::key_json(each.key);
    key["counter"] = each.counter ? ui::Json(*each.counter) : ui::Json(nullptr);
    json["keys"].push_back(std::move(key));
  }
  json["token"] = check.token ? ui::Json(ui::json_text(*check.token)) : ui::Json(nullptr);
  json["pin_tries_left"] = check.pin_tries ? ui::Json(*check.pin_tries) : ui::Json(nullptr);
  return json;
}

std::string text_of(const Check& check) {
  std::string text = ui::text_row("State", state_word(check.state));
  for (const CheckedKey& each : check.keys) {
    const std::string application = each.key.is_sk() ? printable(each.key.application()) + " " : "";
    text += ui::text_row("Key", application + ui::key_words(each.key));
    if (each.counter)
      text += ui::text_row("Counter", fmt::format("{}: this check is one signature", *each.counter));
  }
  if (check.held_until) text += ui::text_row("PIN held", "until " + io::format_local(*check.held_until));
  return check.agent.empty() ? text : text + ui::text_row("Agent", check.agent);
}

}  // namespace

Result<int> check_keys(const CheckOptions& options) {
  const Check done = check(options.token, options.keys);
  if (options.output.json) {
    HALLIGAN_CHECK(ui::print(ui::json_line(json_of(done))));
  } else if (!options.quiet) {
    HALLIGAN_CHECK(ui::print(text_of(done)));
    if (done.state != State::kUnlocked) say(done.why.message, done.why.hint);
  }
  return static_cast<int>(done.state);
}

}  // namespace halligan::unattended
