// The flags of token.
#include <limits>

#include "token/command.hpp"

namespace halligan::token {
namespace {

void declare_list(command::Flags& flags, TokenListOptions& options) {
  ui::declare_json(flags, options.output);
}

void declare_one(command::Flags& flags, TokenInfoOptions& options) {
  ui::declare_json(flags, options.output);
  ca::declare_device(flags, options.token);
}

void declare_new_pin(command::Flags& flags, TokenPinOptions& options) {
  flags.number("--new-pin-fd", "N", options.new_pin_fd, 0, std::numeric_limits<int>::max(),
               "read the new PIN from file descriptor N");
}

void declare_set(command::Flags& flags, TokenPinOptions& options) {
  ui::declare_json(flags, options.output);
  ca::declare_device(flags, options.token);
  declare_new_pin(flags, options);
}

void declare_change(command::Flags& flags, TokenPinOptions& options) {
  ui::declare_json(flags, options.output);
  ca::declare(flags, options.token);
  declare_new_pin(flags, options);
}

void declare_keys(command::Flags& flags, TokenKeysOptions& options) {
  flags.option("--application", "NAME", options.application, "only the keys of this application");
  ui::declare_json(flags, options.output);
  ca::declare(flags, options.token);
}

void declare_key(command::Flags& flags, KeyChoice& key) {
  flags.argument("KEY", key.name, "its fingerprint or application, as keys list shows it");
  flags.option("--user", "NAME", key.user, "the user, if an application has several").empty_too();
}

void declare_rename(command::Flags& flags, TokenRenameOptions& options) {
  declare_key(flags, options.key);
  flags.option("--name", "TEXT", options.user_name, "new user name").empty_too();
  flags.option("--display-name", "TEXT", options.display_name, "new display name").empty_too();
  ui::declare_json(flags, options.output);
  ca::declare(flags, options.token);
}

void declare_delete(command::Flags& flags, TokenDeleteOptions& options) {
  declare_key(flags, options.key);
  flags.flag("-y,--yes", options.yes, "do not ask for confirmation");
  ui::declare_json(flags, options.output);
  ca::declare(flags, options.token);
}

void declare_reset(command::Flags& flags, TokenResetOptions& options) {
  flags.flag("-y,--yes", options.yes, "do not ask for confirmation");
  ui::declare_json(flags, options.output);
  ca::declare(flags, options.token);
}

command::Command pin_command() {
  command::Command status =
      command::make("status", "exit status 0 set, 1 not set, 5 blocked", show_pin, declare_one);
  status.notes = "Needs no PIN.";
  status.examples = {"halligan token pin status"};
  command::Command set = command::make("set", "set a first PIN", set_first_pin, declare_set);
  set.notes = "Asks twice.";
  set.examples = {"halligan token pin set"};
  command::Command change = command::make("change", "change the PIN", change_pin, declare_change);
  change.notes = "Asks for the old PIN, and twice for the new one. A wrong old PIN costs one try.";
  change.examples = {"halligan token pin change --pin-fd 3 --new-pin-fd 4 3<old 4<new"};
  command::Command group{"pin", "show whether a PIN is set; set or change it"};
  group.examples = {"halligan token pin status"};
  group.commands = {std::move(status), std::move(set), std::move(change)};
  return group;
}

command::Command keys_command() {
  command::Command list = command::make("list", "list them all", list_keys, declare_keys);
  list.notes = "Needs the PIN.";
  list.examples = {"halligan token keys list"};
  command::Command rename = command::make("rename", "change a key's names", rename_key, declare_rename);
  rename.notes =
      "The key, its application and its user ID stay the same. Needs the PIN, and a\n"
      "token of CTAP 2.1.";
  rename.examples = {"halligan token keys rename ssh:emergency-ca --display-name 'CA, token A'"};
  command::Command remove = command::make("delete", "destroy one key", delete_key, declare_delete);
  remove.notes = "Needs the PIN. It cannot be undone.";
  remove.examples = {"halligan token keys delete ssh:old"};
  command::Command group{"keys", "list, rename and delete the resident keys on a token"};
  group.examples = {"halligan token keys list"};
  group.commands = {std::move(list), std::move(rename), std::move(remove)};
  return group;
}

}  // namespace

command::Command token_command() {
  command::Command list =
      command::make("list", "list every token that is plugged in", list_tokens, declare_list);
  list.notes =
      "Tokens you may not open are listed too, with the udev rule to install. Exit\n"
      "status 1 if there is no token.";
  list.examples = {"halligan token list"};
  command::Command info = command::make("info", "show what a token is and can do", show_token, declare_one);
  info.notes = "Needs no PIN and no touch.";
  info.examples = {"halligan token info --json"};
  command::Command wink =
      command::make("wink", "make a token blink, to tell it from others", wink_token, declare_one);
  wink.notes = "Exit status 4 if it cannot. Needs no PIN and no touch.";
  wink.examples = {"halligan token wink --device /dev/hidraw1"};
  command::Command reset =
      command::make("reset", "destroy every key and the PIN, with one touch", reset_token, declare_reset);
  reset.notes =
      "A token accepts a reset only in the first 10 seconds after it was plugged in.\n"
      "With --pin-fd the keys that will be lost are counted first.";
  reset.examples = {"halligan token reset"};
  command::Command group{"token", "show and manage tokens, their PIN and their keys"};
  group.examples = {"halligan token list"};
  group.commands = {std::move(list), std::move(info), pin_command(),
                    keys_command(),  std::move(wink), std::move(reset)};
  return group;
}

}  // namespace halligan::token
