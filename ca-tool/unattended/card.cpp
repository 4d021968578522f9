#include "unattended/card.hpp"

#include <thread>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "ca/configuration.hpp"
#include "io/secret_input.hpp"
#include "token/report.hpp"

namespace halligan::unattended {
namespace {

constexpr std::size_t kShortestPin = 6;  // OpenPGP application 3.4, 4.3: GnuPG sends no shorter one
constexpr std::chrono::seconds kCardAgain{1};
constexpr const char* kUnblock = "unblock it with the admin PIN: gpg --card-edit, then admin and passwd";

std::string named(const Card& card) { return "the OpenPGP card " + card.words(); }

// Another program may have left it in a state in which it fails; a reset helps.
Result<Card> await_card(const CardAgent& agent, const std::vector<std::string>& names, bool wait) {
  auto card = find_card(agent, names);
  if (!card && card.error().code == Code::kUnreachable) {
    HALLIGAN_CHECK(agent.reset_card());
    card = find_card(agent, names);
  }
  if (!card && wait && card.error().code == Code::kNotFound)
    say("waiting for the card: " + card.error().message);
  while (!card && wait && card.error().code == Code::kNotFound) {
    std::this_thread::sleep_for(kCardAgain);
    card = find_card(agent, names);
  }
  return card;
}

Result<> check_card_tries(const Card& card, bool force) {
  if (card.pin_tries == 0)
    return fail(Code::kNeedsPerson, "the PIN of " + named(card) + " is blocked", kUnblock);
  if (card.pin_tries <= kFewTries && !force)
    return fail(Code::kNeedsPerson, named(card) + " has " + token::tries_words(card.pin_tries),
                "if you are sure of the PIN, use --force");
  return {};
}

Result<> ask_and_verify(const CardAgent& agent, const Card& card, const UnlockOptions& options) {
  HALLIGAN_TRY(
      const Pin pin,
      io::ask_secret({.prompt = "PIN of " + named(card) + ", " + token::tries_words(card.pin_tries) + ": ",
                      .fd = options.token.pin_fd,
                      .by_systemd = options.wait ? std::chrono::seconds(0) : kSystemdWait}));
  if (pin.size() < kShortestPin)
    return fail(Code::kNeedsPerson, "a PIN has at least 6 characters: nothing was sent to the card");
  auto verified = agent.verify_pin(card, pin);
  if (verified || verified.error().code != Code::kNeedsPerson) return verified;
  const auto after = agent.look();
  const std::string left = after ? ": " + token::tries_words(after->pin_tries) : std::string();
  return fail(Code::kNeedsPerson, verified.error().message + left,
              after && after->pin_tries == 0 ? kUnblock : std::string());
}

}  // namespace

Result<std::optional<std::vector<std::string>>> meant_card(const KeyOptions& keys) {
  HALLIGAN_TRY(const auto configuration, ca::Configuration::load({}));
  const auto& setting = configuration.unattended_card();
  const bool configured = setting && !is_word(setting->value, "no");
  if (!keys.card && !configured) return std::nullopt;
  if (!keys.agent.empty()) {
    return fail(Code::kUsage, "--agent is not for an OpenPGP card, which gpg-agent reaches",
                "name GnuPG's folder in GNUPGHOME");
  }
  if (keys.names.empty() && configured && !is_word(setting->value, "yes"))
    return std::vector<std::string>{setting->value};
  return keys.names;
}

Result<Card> find_card(const CardAgent& agent, const std::vector<std::string>& names) {
  auto card = agent.look();
  if (!card || is_meant(*card, names)) return card;
  std::string wanted;
  for (const std::string& each : names) wanted += (wanted.empty() ? "" : ", ") + printable(each);
  return fail(Code::kNotFound, named(*card) + " is inserted, not " + wanted, "insert the right one");
}

Check check_card(const std::vector<std::string>& names) {
  Check out;
  const auto settled = [&out](State state, const Error& why) {
    out.state = state;
    out.why = why;
    return out;
  };
  const auto agent = CardAgent::find(false);
  if (!agent) return settled(State::kNoAgent, agent.error());
  out.agent = agent->ssh_socket();
  const auto card = find_card(*agent, names);
  if (!card)
    return settled(card.error().code == Code::kUnsupported ? State::kNoAgent : State::kNoToken, card.error());
  out.token = card->words();
  out.pin_tries = card->pin_tries;
  if (card->touch)
    return settled(State::kLocked, {Code::kNo, named(*card) + " requires a touch for every signature",
                                    "turn that off: gpg --card-edit, then admin and uif 3 off"});
  const auto proof = agent->prove(*card);
  if (proof) {
    out.state = State::kUnlocked;
    out.keys.push_back({card->key});
    return out;
  }
  const Error& why = proof.error();
  if (why.code == Code::kNo) return settled(State::kNoAgent, why);
  if (why.code != Code::kNeedsPerson) return settled(State::kNoToken, why);
  if (card->pin_tries == 0)
    return settled(State::kBlocked, {Code::kNo, "the PIN of " + named(*card) + " is blocked", kUnblock});
  return settled(State::kLocked, why);
}

Result<Unlocked> unlock_card(const UnlockOptions& options, const std::vector<std::string>& names) {
  if (options.lifetime || options.hold || !options.token.device.empty() || !options.provider.empty()) {
    return fail(Code::kUsage, "--ttl, --hold-pin, --device and --provider are not for an OpenPGP card",
                "omit them; a card is unlocked until halligan lock");
  }
  HALLIGAN_TRY(const CardAgent agent, CardAgent::find(true));
  HALLIGAN_TRY(Card card, await_card(agent, names, options.wait));
  if (card.touch) {
    return fail(Code::kUnsupported, named(card) + " requires a touch for every signature",
                "turn that off: gpg --card-edit, then admin and uif 3 off");
  }
  auto proof = agent.prove(card);
  if (proof) {
    say(named(card) + " is unlocked already");
  } else if (proof.error().code != Code::kNeedsPerson) {
    return fail(std::move(proof).error());
  } else {
    HALLIGAN_CHECK(check_card_tries(card, options.output.force));
    // The card has forgotten it, and GnuPG would not send it again.
    HALLIGAN_TRY(const bool believed, agent.believes_unlocked(card));
    if (believed) {
      HALLIGAN_CHECK(agent.reset_card());
      HALLIGAN_TRY(card, find_card(agent, names));
    }
    HALLIGAN_CHECK(ask_and_verify(agent, card, options));
    HALLIGAN_CHECK(agent.prove(card).in("the PIN is right"));
  }
  if (card.keeps_pin)
    say("GnuPG keeps the PIN of a YubiKey in the memory of gpg-agent, unless scdaemon.conf has pcsc-shared");
  return Unlocked{
      .token = named(card), .path = card.serial, .agent = agent.ssh_socket(), .keys = {{card.key}}};
}

Result<std::optional<Card>> lock_card(const CardAgent& agent, const std::vector<std::string>& names) {
  auto card = find_card(agent, names);
  // One that fails may still sign, later.
  if (!card && card.error().code == Code::kNotFound) return fail(std::move(card).error());
  if (card) {
    const auto proof = agent.prove(*card);
    if (!proof && proof.error().code == Code::kNeedsPerson) return std::nullopt;
  }
  HALLIGAN_CHECK(agent.reset_card());
  HALLIGAN_TRY(Card after, agent.look());
  const auto proof = agent.prove(after);
  if (!proof && proof.error().code == Code::kNeedsPerson) return after;
  return fail(Code::kUnreachable,
              named(after) + " was reset, and is not locked: " +
                  (proof ? std::string("it signs") : proof.error().message),
              "remove the card");
}

}  // namespace halligan::unattended
