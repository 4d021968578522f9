// halligan lock
#include <algorithm>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ui/describe.hpp"
#include "unattended/command.hpp"
#include "unattended/user_agent.hpp"

namespace halligan::unattended {

Result<int> lock_keys(const LockOptions& options) {
  HALLIGAN_TRY(const UserAgent agent, UserAgent::find(options.keys.agent));
  HALLIGAN_TRY(const auto keys, agent.held(options.keys.names));
  for (const ssh::PublicKey& key : keys) HALLIGAN_CHECK(agent.remove(key));
  if (options.output.json) {
    ui::Json json{{"agent", ui::json_text(agent.socket())}, {"keys", ui::Json::array()}};
    for (const ssh::PublicKey& key : keys) json["keys"].push_back(ui::key_json(key));
    HALLIGAN_CHECK(ui::print(ui::json_line(json)));
    return 0;
  }
  for (const ssh::PublicKey& key : keys)
    HALLIGAN_CHECK(
        ui::print(ui::text_row("Locked", printable(key.application()) + " " + ui::key_words(key))));
  if (keys.empty()) say("nothing was unlocked in the ssh-agent at " + printable(agent.socket()));
  return 0;
}

}  // namespace halligan::unattended
