// The flags of token.

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
  ca::declare_secret_fd(flags, "--new-pin-fd", options.new_pin_fd, "read the new PIN from file descriptor N");
}

void declare_set(command::Flags& flags, TokenPinOptions& options) {
  ui::declare_json(flags, options.output);
  ca::declare_device(flags, options.token);
  declare_new_pin(flags, options);
}

// Of whatever needs the PIN.
template <typename Options>
void declare_common(command::Flags& flags, Options& options) {
  ui::declare_json(flags, options.output);
  ca::declare(flags, options.token);
}

void declare_change(command::Flags& flags, TokenPinOptions& options) {
  declare_common(flags, options);
  declare_new_pin(flags, options);
}

void declare_keys(command::Flags& flags, TokenKeysOptions& options) {
  flags.option("--application", "NAME", options.application, "only the keys of this application");
  declare_common(flags, options);
}

void declare_key(command::Flags& flags, KeyChoice& key) {
  flags.argument("KEY", key.name, "its fingerprint or application, as keys list shows it");
  flags.option("--user", "NAME", key.user, "the user, if an application has several").empty_too();
}

void declare_rename(command::Flags& flags, TokenRenameOptions& options) {
  declare_key(flags, options.key);
  flags.option("--name", "TEXT", options.user_name, "new user name").empty_too();
  flags.option("--display-name", "TEXT", options.display_name, "new display name").empty_too();
  declare_common(flags, options);
}

void declare_reset(command::Flags& flags, TokenResetOptions& options) {
  flags.flag("-y,--yes", options.yes, "do not ask for confirmation");
  declare_common(flags, options);
}

void declare_delete(command::Flags& flags, TokenDeleteOptions& options) {
  declare_key(flags, options.key);
  flags.flag("-y,--yes", options.yes, "do not ask for confirmation");
  declare_common(flags, options);
}

command::Command pin_command() {
  return command::group(
      "pin", "show whether a PIN is set; set or change it", "halligan token pin status",
      {command::make("status", "exit status 0 set, 1 not set, 5 blocked", show_pin, declare_one,
                     {.notes = "Needs no PIN.", .examples = {"halligan token pin status"}}),
       command::make("set", "set a first PIN", set_first_pin, declare_set,
                     {.notes = "Asks twice.", .examples = {"halligan token pin set"}}),
       command::make(
           "change", "change the PIN", change_pin, declare_change,
           {.notes = "Asks for the old PIN, and twice for the new one. A wrong old PIN costs one try.",
            .examples = {"halligan token pin change --pin-fd 3 --new-pin-fd 4 3<old 4<new"}})});
}

command::Command keys_command() {
  return command::group(
      "keys", "list, rename and delete the resident keys on a token", "halligan token keys list",
      {command::make("list", "list them all", list_keys, declare_keys,
                     {.notes = "Needs the PIN.", .examples = {"halligan token keys list"}}),
       command::make(
           "rename", "change a key's names", rename_key, declare_rename,
           {.notes = "The key, its application and its user ID stay the same. Needs the PIN, and a\n"
                     "token of CTAP 2.1.",
            .examples = {"halligan token keys rename ssh:emergency-ca --display-name 'CA, token A'"}}),
       command::make("delete", "destroy one key", delete_key, declare_delete,
                     {.notes = "Needs the PIN. It cannot be undone.",
                      .examples = {"halligan token keys delete ssh:old"}})});
}

}  // namespace

command::Command token_command() {
  return command::group(
      "token", "show and manage tokens, their PIN and their keys", "halligan token list",
      {command::make("list", "list every token that is plugged in", list_tokens, declare_list,
                     {.notes = "Tokens you may not open are listed too, with the udev rule to install. Exit\n"
                               "status 1 if there is no token.",
                      .examples = {"halligan token list"}}),
       command::make("info", "show what a token is and can do", show_token, declare_one,
                     {.notes = "Needs no PIN and no touch.", .examples = {"halligan token info --json"}}),
       pin_command(), keys_command(),
       command::make("wink", "make a token blink, to tell it from others", wink_token, declare_one,
                     {.notes = "Exit status 4 if it cannot. Needs no PIN and no touch.",
                      .examples = {"halligan token wink --device /dev/hidraw1"}}),
       command::make(
           "reset", "destroy every key and the PIN, with one touch", reset_token, declare_reset,
           {.notes = "A token accepts a reset only in the first 10 seconds after it was plugged in.\n"
                     "With --pin-fd the keys that will be lost are counted first.",
            .examples = {"halligan token reset"}})});
}

}  // namespace halligan::token
