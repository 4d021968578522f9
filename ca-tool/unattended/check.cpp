#include "unattended/check.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/codec.hpp"
#include "fido/discovery/settings.hpp"
#include "unattended/card.hpp"
#include "unattended/holder/process.hpp"
#include "unattended/user_agent.hpp"

namespace halligan::unattended {
namespace {

using Clock = std::chrono::steady_clock;

// A program that has the token for longer does not hold us up.
constexpr std::chrono::seconds kLookTimeout{2};
constexpr const char* kUnlock = "halligan unlock";
constexpr const char* kHold = "type it again: halligan unlock --hold-pin 8h";

Check& settle(Check& check, State state, std::string message, std::string hint) {
  check.state = state;
  check.why = {Code::kNo, std::move(message), std::move(hint)};
  return check;
}

// What the token says is noted in `check`.
/// @errors no token answers. Of several tokens (kUsage) it cannot be known which is meant: that settles
/// nothing.
Result<token::TokenInfo> note_token(Check& check, const ca::TokenOptions& options) {
  auto info = look_at_token(options);
  if (info) {
    check.token = info->path;
    check.pin_tries = info->pin_tries;
  } else if (info.error().code != Code::kUsage) {
    settle(check, State::kNoToken, info.error().message, info.error().hint);
  }
  return info;
}

// The agent holds none of the keys: what else is in the way?
Check& settle_locked(Check& check, const ca::TokenOptions& options, const std::vector<std::string>& names,
                     std::string reason = {}) {
  const auto info = note_token(check, options);
  if (!info && info.error().code != Code::kUsage) return check;
  if (info) {
    if (info->pin_tries == 0U)
      return settle(check, State::kBlocked, "the PIN of the token at " + info->name + " is blocked for good",
                    "use another token; only a reset, which destroys all keys, frees this one");
    if (info->replug_required)
      return settle(check, State::kReplug,
                    "the PIN of the token at " + info->name + " is blocked until it is replugged",
                    std::string("remove it, insert it again, and type the correct PIN: ") + kUnlock);
  }
  if (!reason.empty()) return settle(check, State::kLocked, std::move(reason), kHold);
  std::string what;
  for (const std::string& name : names) what += (what.empty() ? " " : ", ") + printable(name);
  return settle(check, State::kLocked, "the ssh-agent holds no unlocked key" + what,
                std::string("type the PIN once: ") + kUnlock);
}

// Why a key that is in the agent cannot sign: its PIN is not held any more. Then the agent is not asked,
// which might ask a person for it.
std::string why_not_held(Check& check) {
  const auto now = held_now();
  if (now && *now) check.held_until = (*now)->until;
  for (const CheckedKey& each : check.keys) {
    if (!each.held) continue;
    const std::string key = printable(each.key.application());
    if (!now) return "the PIN for " + key + " cannot be used: " + now.error().message;
    const bool has = *now && std::ranges::find((*now)->keys, as_text(each.key.blob())) != (*now)->keys.end();
    if (!has) return "the PIN for " + key + " is not held any more";
  }
  return {};
}

// It holds the key, and there was no signature, though the agent is not known to lie.
Check& settle_unsigned(Check& check, const ca::TokenOptions& options, const Error& why) {
  const auto info = note_token(check, options);
  if (!info && info.error().code != Code::kUsage) return check;
  if (why.code != Code::kNeedsPerson) return settle(check, State::kNoAgent, why.message, why.hint);
  return settle(check, State::kNoToken,
                info ? "the token at " + info->name + " does not sign with the key in the ssh-agent"
                     : "no token signs with the key in the ssh-agent: " + info.error().message,
                std::string("insert the right token, or unlock this one: ") + kUnlock);
}

}  // namespace

Result<token::TokenInfo> look_at_token(const ca::TokenOptions& options) {
  fido::Context context;
  HALLIGAN_TRY(context.settings, fido::load_settings());
  context.settings.timeout = kLookTimeout;
  context.settings.grace = std::chrono::seconds(0);
  if (!options.device.empty()) context.device = options.device;
  return token::read_info(context);
}

std::string_view state_word(State state) {
  constexpr std::array<std::string_view, 6> kWords{"unlocked",   "locked",      "no-token",
                                                   "pin-replug", "pin-blocked", "no-agent"};
  return kWords[static_cast<std::size_t>(state)];
}

Check check(const ca::TokenOptions& token, const KeyOptions& keys) {
  Check out;
  const auto card = meant_card(keys);
  if (!card) return settle(out, State::kNoAgent, card.error().message, card.error().hint);
  if (*card) return check_card(**card);
  const auto agent = UserAgent::find(keys.agent);
  if (!agent) return settle(out, State::kNoAgent, agent.error().message, agent.error().hint);
  out.agent = agent->socket();
  auto added = agent->added(keys.names);
  if (!added) return settle(out, State::kNoAgent, added.error().message, added.error().hint);
  for (AddedKey& each : *added) out.keys.push_back({std::move(each.key), {}, each.held});
  const auto is_held = [&](const std::string& name) {
    return std::ranges::any_of(out.keys, [&](const CheckedKey& each) { return is_meant(each.key, {name}); });
  };
  std::vector<std::string> missing;
  std::ranges::copy_if(keys.names, std::back_inserter(missing),
                       [&](const std::string& name) { return !is_held(name); });
  if (out.keys.empty() || !missing.empty()) return settle_locked(out, token, missing);
  if (std::string reason = why_not_held(out); !reason.empty())
    return settle_locked(out, token, missing, std::move(reason));
  // All of them within the time of one.
  const auto deadline = Clock::now() + kSignWait;
  for (CheckedKey& each : out.keys) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    auto counter = agent->prove(each.key, std::max(left, std::chrono::milliseconds(0)));
    if (counter) {
      each.counter = *counter;
      continue;
    }
    const Error& why = counter.error();
    if (why.code == Code::kNeedsPerson || why.code == Code::kUnreachable)
      return settle_unsigned(out, token, why);
    return settle(out, State::kNoAgent, why.message, "do not trust this agent: end it, and start another");
  }
  out.state = State::kUnlocked;
  return out;
}

}  // namespace halligan::unattended
