// halligan lock
#include <algorithm>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ui/describe.hpp"
#include "unattended/card.hpp"
#include "unattended/command.hpp"
#include "unattended/holder/process.hpp"
#include "unattended/user_agent.hpp"

namespace halligan::unattended {

namespace {

struct Locked {
  bool pin_held = false;  // it was, and is not any more, or not for these keys
  std::string agent;      // its socket
  std::vector<ssh::PublicKey> keys;
};

Result<Locked> lock(const KeyOptions& options) {
  HALLIGAN_TRY(const auto names, meant_card(options));
  if (names) {
    HALLIGAN_TRY(const CardAgent agent, CardAgent::find(false));
    HALLIGAN_TRY(const auto card, lock_card(agent, *names));
    Locked done{false, agent.ssh_socket(), {}};
    if (card) done.keys.push_back(card->key);
    return done;
  }
  // First, and whatever became of the agent.
  HALLIGAN_TRY(const bool held, lock_holders(options.names));
  HALLIGAN_TRY(const UserAgent agent, UserAgent::find(options.agent));
  HALLIGAN_TRY(auto keys, agent.held(options.names));
  for (const ssh::PublicKey& key : keys) HALLIGAN_CHECK(agent.remove(key));
  return Locked{held, agent.socket(), std::move(keys)};
}

}  // namespace

Result<int> lock_keys(const LockOptions& options) {
  HALLIGAN_TRY(const Locked done, lock(options.keys));
  if (options.output.json) {
    ui::Json json{
        {"agent", ui::json_text(done.agent)}, {"pin_was_held", done.pin_held}, {"keys", ui::Json::array()}};
    for (const ssh::PublicKey& key : done.keys) json["keys"].push_back(ui::key_json(key));
    HALLIGAN_CHECK(ui::print(ui::json_line(json)));
    return 0;
  }
  for (const ssh::PublicKey& key : done.keys) {
    const std::string application = key.is_sk() ? printable(key.application()) + " " : "";
    HALLIGAN_CHECK(ui::print(ui::text_row("Locked", application + ui::key_words(key))));
  }
  if (done.keys.empty() && !done.pin_held)
    say("nothing was unlocked in the agent at " + printable(done.agent));
  return 0;
}

}  // namespace halligan::unattended
