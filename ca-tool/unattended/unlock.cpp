#include "unattended/unlock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "base/program.hpp"
#include "ca/authority.hpp"
#include "ca/configuration.hpp"
#include "ca/opened_ca.hpp"
#include "ca/policy_binding.hpp"
#include "fido/discovery/arrival.hpp"
#include "fido/pin_rules.hpp"
#include "fido/presence/touch_notice.hpp"
#include "io/secret_input.hpp"
#include "token/report.hpp"
#include "unattended/card.hpp"
#include "unattended/holder/process.hpp"

namespace halligan::unattended {
namespace {

constexpr std::uint8_t kResident = 0x20;  // sk-api: SSH_SK_RESIDENT_KEY. No SSH_SK_USER_PRESENCE_REQD.
constexpr std::chrono::seconds kLookAgain{1};

// Any failure but a choice between several may be a token that udev has not set up yet.
Result<token::TokenInfo> await_token(const fido::Context& context, bool wait) {
  auto info = token::read_info(context);
  const auto may_come = [](const Error& error) {
    return error.code == Code::kNotFound || error.code == Code::kUnreachable;
  };
  if (info || !wait || !may_come(info.error())) return info;
  const auto arrival = fido::Arrival::watch(context.device ? std::vector<std::string>{*context.device}
                                                           : context.settings.devices);
  say("waiting for the token: " + info.error().message);
  while (!info && may_come(info.error())) {
    if (arrival) {
      arrival->wait(kLookAgain);
    } else {
      std::this_thread::sleep_for(kLookAgain);
    }
    info = token::read_info(context);
  }
  return info;
}

Result<std::vector<std::string>> configured_cas() {
  HALLIGAN_TRY(const auto configuration, ca::Configuration::load({}));
  std::vector<std::string> applications;
  for (const std::string& name : configuration.names()) {
    if (const auto application = configuration.find(name).application)
      applications.push_back(application->value);
  }
  return applications;
}

bool is_ca(const fido::ResidentKey& key, const std::vector<std::string>& cas) {
  return key.application == ca::kDefaultApplication || ca::parse_key_label(key.display_name).policy ||
         std::ranges::find(cas, key.application) != cas.end();
}

std::string words(const fido::ResidentKey& key) { return printable(key.application); }

// What it takes to hold a PIN, all of it but the PIN.
struct Hold {
  std::string runtime;
  TokenNode node;
  HeldPin pin;
};

Result<std::optional<Hold>> prepare_hold(const UnlockOptions& options, const std::string& agent,
                                         const std::string& path) {
  if (!options.hold) return std::nullopt;
  HALLIGAN_TRY(std::string runtime, holder_runtime(agent));
  HALLIGAN_TRY(TokenNode node, TokenNode::open(path));
  HALLIGAN_TRY(HeldPin pin, HeldPin::make());
  return Hold{std::move(runtime), std::move(node), std::move(pin)};
}

// It takes the place of one that there is. @return until when; nothing if no key needs it
Result<std::optional<std::uint64_t>> hold_pin(Hold hold, fido::Context context, const token::TokenInfo& info,
                                              const std::vector<ssh::SkHandle>& handles,
                                              std::uint32_t seconds) {
  HolderTerms terms;
  std::ranges::copy_if(handles, std::back_inserter(terms.keys), requires_pin);
  if (terms.keys.empty()) {
    say("none of these keys requires the PIN for every signature, so it is not held");
    return std::nullopt;
  }
  context.device = hold.node.path();
  HALLIGAN_TRY(const token::TokenInfo now, token::read_info(context));  // the right PIN has reset the tries
  terms.token = info.name;
  terms.pin_tries = now.pin_tries;
  terms.settings = context.settings;
  HALLIGAN_CHECK(lock_holders({}));
  HALLIGAN_TRY(const std::uint64_t until, start_holder(std::move(hold.pin), std::move(terms),
                                                       std::move(hold.node), hold.runtime, seconds));
  return until;
}

// The agent forgets a key no later than the PIN is.
std::optional<std::uint32_t> lifetime_of(const ssh::SkHandle& handle, const UnlockOptions& options) {
  if (!options.hold || !requires_pin(handle)) return options.lifetime;
  return std::min(*options.hold, options.lifetime.value_or(*options.hold));
}

Result<Unlocked> add_all(const UserAgent& agent, const std::vector<ssh::SkHandle>& handles,
                         const std::string& provider, const UnlockOptions& options) {
  Unlocked done{.token = {}, .path = {}, .agent = agent.socket(), .keys = {}};
  std::optional<Error> failed;
  for (const ssh::SkHandle& handle : handles) {
    auto added = agent.add(handle, provider, lifetime_of(handle, options));
    done.keys.push_back({handle.key});
    auto counter = added ? agent.prove(handle.key, kSignWait) : Result<std::uint32_t>(fail(added.error()));
    if (!counter) {
      failed = std::move(counter).error();
      if (added) failed->message = "the ssh-agent does not get a signature: " + failed->message;
      if (added && failed->code == Code::kNeedsPerson)
        failed->hint = "the agent must find the token: start it with the HALLIGAN_DEVICE that you use here" +
                       std::string(requires_pin(handle) ? ", and with the same XDG_RUNTIME_DIR" : "");
      break;
    }
    done.keys.back().counter = *counter;
  }
  if (!failed) return done;
  for (const UnlockedKey& each : done.keys) (void)agent.remove(each.key);
  return fail(std::move(*failed));
}

}  // namespace

Result<std::string> find_provider(const std::string& named) {
  if (!named.empty()) return ca::provider_library(named);
  const char* variable = std::getenv("SSH_SK_PROVIDER");
  if (variable != nullptr && *variable == '/') return ca::provider_library(variable);
  HALLIGAN_TRY(const auto files, loaded_files());
  const std::filesystem::path program = files.front();
  return ca::provider_library(program.parent_path().parent_path() / HALLIGAN_PROVIDER);
}

Result<> check_pin_state(const token::TokenInfo& info, bool force) {
  const std::string token = "the token at " + info.name;
  if (!info.has("clientPin")) {
    return fail(Code::kUnsupported, "no PIN is set on " + token + ", which lists its keys only with one",
                "set one with: halligan token pin set");
  }
  if (info.pin_tries == 0U) {
    return fail(Code::kNeedsPerson, "the PIN of " + token + " is blocked for good",
                "use another token; only a reset, which destroys all keys, frees this one");
  }
  if (info.replug_required) {
    return fail(Code::kNeedsPerson, "the PIN of " + token + " is blocked until it is replugged",
                "remove it, insert it again and retry with the correct PIN");
  }
  if (info.force_pin_change) {
    return fail(Code::kNeedsPerson, token + " requires a new PIN first",
                "change it with: halligan token pin change");
  }
  if (info.pin_tries && *info.pin_tries <= kFewTries && !force) {
    return fail(Code::kNeedsPerson,
                token + " has " + token::tries_words(*info.pin_tries) + ": then it is locked for good",
                "if you are sure of the PIN, use --force");
  }
  return {};
}

Result<std::vector<ssh::SkHandle>> choose_keys(const std::vector<fido::ResidentKey>& resident,
                                               const std::vector<std::string>& names,
                                               const std::vector<std::string>& cas, bool hold,
                                               std::vector<std::string>& left_out) {
  std::vector<ssh::SkHandle> chosen;
  for (const fido::ResidentKey& key : resident) {
    const auto type =
        key.algorithm == fido::Algorithm::kEcdsa ? ssh::KeyType::kSkEcdsa : ssh::KeyType::kSkEd25519;
    auto made = ssh::PublicKey::make(type, key.public_key, key.application);
    if (!made) {
      left_out.push_back(words(key) + ": " + made.error().message);
      continue;
    }
    if (!is_meant(*made, names)) continue;
    if (names.empty() && is_ca(key, cas)) {
      left_out.push_back(words(key) + ": the key of a CA; name it if jobs are to sign certificates");
      continue;
    }
    if (key.verify && !hold) {
      if (!names.empty())
        return fail(Code::kUnsupported, "the key " + words(key) + " requires the PIN for every signature",
                    "make one without -O verify-required, or have the PIN held: --hold-pin 8h");
      left_out.push_back(words(key) + ": requires the PIN for every signature");
      continue;
    }
    const auto flags = static_cast<std::uint8_t>(kResident | (key.verify ? kRequiresPin : 0));
    chosen.push_back({.key = *std::move(made), .flags = flags, .key_handle = key.key_handle});
  }
  for (const std::string& name : names) {
    const bool found =
        std::ranges::any_of(chosen, [&](const ssh::SkHandle& each) { return is_meant(each.key, {name}); });
    if (!found) {
      return fail(Code::kNotFound, "the token has no resident key " + printable(name),
                  "see what it has: halligan token keys list");
    }
  }
  if (chosen.empty()) {
    return fail(
        Code::kNotFound, "the token has no resident key that signs without a person",
        "make one: ssh-keygen -t ed25519-sk -O resident -O no-touch-required -O application=ssh:NAME");
  }
  return chosen;
}

Result<Unlocked> unlock(const UnlockOptions& options) {
  HALLIGAN_TRY(const auto card, meant_card(options.keys));
  if (card) return unlock_card(options, *card);
  // What can be wrong without the token and the PIN is found out before.
  HALLIGAN_TRY(const UserAgent agent, UserAgent::find(options.keys.agent));
  HALLIGAN_CHECK(agent.held({}));
  HALLIGAN_TRY(const std::string provider, find_provider(options.provider));
  HALLIGAN_TRY(const auto cas, configured_cas());
  fido::Context context;
  HALLIGAN_TRY(context.settings, fido::load_settings());
  if (!options.token.device.empty()) context.device = options.token.device;
  HALLIGAN_TRY(const token::TokenInfo info, await_token(context, options.wait));
  HALLIGAN_CHECK(check_pin_state(info, options.output.force));

  HALLIGAN_TRY(auto hold, prepare_hold(options, agent.socket(), info.path));

  fido::TouchNotice notice("to list its keys", {.desktop = context.settings.notify});
  context.device = info.path;
  context.presence = &notice;
  std::vector<fido::ResidentKey> resident;
  {
    const std::string tries = info.pin_tries ? ", " + token::tries_words(*info.pin_tries) : std::string();
    HALLIGAN_TRY(const Pin typed,
                 io::ask_secret({.prompt = "PIN of the token at " + info.name + tries + ": ",
                                 .fd = options.token.pin_fd,
                                 .by_systemd = options.wait ? std::chrono::seconds(0) : kSystemdWait}));
    HALLIGAN_TRY(Pin pin, fido::possible_pin(typed.view()));
    context.pin = &pin;
    auto listed = fido::list_resident(context, kSshPrefix);
    context.pin = nullptr;
    if (!listed) return fail(std::move(listed).error());
    resident = *std::move(listed);
    if (hold) hold->pin.put(std::move(pin));
  }
  std::vector<std::string> left_out;
  auto handles = choose_keys(resident, options.keys.names, cas, options.hold.has_value(), left_out);
  for (const std::string& each : left_out) say("left out " + each);
  if (!handles) return fail(std::move(handles).error());
  std::optional<std::uint64_t> held_until;
  const bool hidden = hold && hold->pin.is_hidden();
  if (hold) {
    HALLIGAN_TRY(held_until,
                 hold_pin(*std::exchange(hold, std::nullopt), context, info, *handles, *options.hold));
  }
  auto done = add_all(agent, *handles, provider, options);
  if (!done && held_until) (void)lock_holders({});
  if (!done) return done;
  done->token = info.name;
  done->path = info.path;
  done->held_until = held_until;
  done->hidden = hidden;
  return done;
}

}  // namespace halligan::unattended
