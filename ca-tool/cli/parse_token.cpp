#include "cli/parse_parts.hpp"
#include "cli/token_command.hpp"

namespace halligan::cli {
namespace {

void declare_list(CLI::App& parent, Run& chosen) {
  const auto [app, options] =
      add_command(parent, chosen, list_tokens, "list", "every token that is plugged in");
  declare_json(*app, options->output);
  app->footer(
      "Also tokens that you may not open, with the udev rule that lets you. Exit\n"
      "status 1 if there is no token.\n\nExample:\n  halligan token list\n");
}

void declare_info(CLI::App& parent, Run& chosen) {
  const auto [app, options] = add_command(parent, chosen, show_token, "info", "what a token is and can do");
  declare_device(*app, options->token);
  declare_json(*app, options->output);
  app->footer("Needs no PIN and no touch.\n\nExample:\n  halligan token info --json\n");
}

void declare_new_pin(CLI::App& app, TokenPinOptions& options) {
  declare_descriptor(app, "--new-pin-fd", options.new_pin_fd, "read the new PIN from descriptor N");
}

void declare_pin(CLI::App& parent, Run& chosen) {
  CLI::App* pin = parent.add_subcommand("pin", "is a PIN set; set or change it");
  pin->require_subcommand(1);
  pin->footer("Example:\n  halligan token pin status\n");
  const auto status =
      add_command(*pin, chosen, show_pin, "status", "exit status 0 set, 1 not set, 5 blocked");
  declare_device(*status.app, status.options->token);
  declare_json(*status.app, status.options->output);
  status.app->footer("Needs no PIN.\n\nExample:\n  halligan token pin status\n");

  const auto set = add_command(*pin, chosen, set_first_pin, "set", "set a first PIN");
  declare_device(*set.app, set.options->token);
  declare_new_pin(*set.app, *set.options);
  declare_json(*set.app, set.options->output);
  set.app->footer("Asks twice.\n\nExample:\n  halligan token pin set\n");

  const auto change = add_command(*pin, chosen, change_pin, "change", "change the PIN");
  declare(*change.app, change.options->token);
  declare_new_pin(*change.app, *change.options);
  declare_json(*change.app, change.options->output);
  change.app->footer(
      "Asks for the old PIN and twice for the new one. A wrong old PIN costs one\n"
      "try.\n\nExample:\n  halligan token pin change --pin-fd 3 --new-pin-fd 4 3<old 4<new\n");
}

void declare_key(CLI::App& app, KeyChoice& key) {
  app.add_option("KEY", key.name, "SHA256:... or the application, as keys list shows")
      ->type_name("")
      ->required();
  app.add_option("--user", key.user, "the user, if an application has several")->type_name("NAME");
}

void declare_keys(CLI::App& parent, Run& chosen) {
  CLI::App* keys = parent.add_subcommand("keys", "the resident keys on a token");
  keys->require_subcommand(1);
  keys->footer("Example:\n  halligan token keys list\n");
  const auto list = add_command(*keys, chosen, list_keys, "list", "show them all");
  list.app->add_option("--application", list.options->application, "those of this application only")
      ->type_name("NAME");
  declare(*list.app, list.options->token);
  declare_json(*list.app, list.options->output);
  list.app->footer("Needs the PIN.\n\nExample:\n  halligan token keys list\n");

  const auto rename = add_command(*keys, chosen, rename_key, "rename", "change a key's names");
  declare_key(*rename.app, rename.options->key);
  rename.app->add_option("--name", rename.options->user_name, "new user name")->type_name("TEXT");
  rename.app->add_option("--display-name", rename.options->display_name, "new display name")
      ->type_name("TEXT");
  declare(*rename.app, rename.options->token);
  declare_json(*rename.app, rename.options->output);
  rename.app->footer(
      "The key itself, its application and its user id stay. Needs the PIN, and a\n"
      "token of CTAP 2.1.\n\n"
      "Example:\n  halligan token keys rename ssh:emergency-ca --display-name 'CA, token A'\n");

  const auto remove = add_command(*keys, chosen, delete_key, "delete", "destroy one key");
  declare_key(*remove.app, remove.options->key);
  remove.app->add_flag("--yes", remove.options->yes, "do not ask for confirmation");
  declare(*remove.app, remove.options->token);
  declare_json(*remove.app, remove.options->output);
  remove.app->footer(
      "Needs the PIN. There is no way back.\n\nExample:\n  halligan token keys delete ssh:old\n");
}

void declare_wink(CLI::App& parent, Run& chosen) {
  const auto [app, options] =
      add_command(parent, chosen, wink_token, "wink", "let a token blink, to tell it from others");
  declare_device(*app, options->token);
  declare_json(*app, options->output);
  app->footer(
      "Exit status 4 if it cannot. Needs no PIN and no touch.\n\n"
      "Example:\n  halligan token wink --device /dev/hidraw1\n");
}

void declare_reset(CLI::App& parent, Run& chosen) {
  const auto [app, options] =
      add_command(parent, chosen, reset_token, "reset", "destroy every key and the PIN (one touch)");
  app->add_flag("--yes", options->yes, "do not ask for confirmation");
  declare(*app, options->token);
  declare_json(*app, options->output);
  app->footer(
      "A token takes a reset only in the first 10 seconds after it was plugged in.\n"
      "With --pin-fd the keys that will be lost are counted first.\n\nExample:\n  halligan token reset\n");
}

}  // namespace

void declare_token(CLI::App& parent, Run& chosen) {
  CLI::App* token = parent.add_subcommand("token", "look at tokens, their PIN and their keys");
  token->require_subcommand(1);
  token->footer("Example:\n  halligan token list\n");
  declare_list(*token, chosen);
  declare_info(*token, chosen);
  declare_pin(*token, chosen);
  declare_keys(*token, chosen);
  declare_wink(*token, chosen);
  declare_reset(*token, chosen);
}

}  // namespace halligan::cli
