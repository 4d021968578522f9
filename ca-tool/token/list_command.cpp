// halligan token list
#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <filesystem>

#include "base/log.hpp"
#include "fido/discovery/settings.hpp"
#include "io/files.hpp"
#include "token/command.hpp"
#include "token/hid_tokens.hpp"
#include "token/report.hpp"
#include "ui/output.hpp"

namespace halligan::token {
namespace {

struct ListedToken {
  HidToken token;
  bool found = false;      ///< by hidapi: it is a FIDO token
  std::string named_by{};  ///< HALLIGAN_DEVICE, or a line of halligan.conf
  bool usable = false;
};

std::vector<ListedToken> collect(const fido::Settings& settings) {
  std::vector<ListedToken> list;
  for (auto& token : hid_tokens()) list.push_back({.token = std::move(token), .found = true});
  std::error_code none;
  for (const std::string& path : settings.devices) {
    const auto same_node = [&](const ListedToken& each) {
      return each.token.path == path || io::same_file(each.token.path, path).value_or(false);
    };
    const auto known = std::find_if(list.begin(), list.end(), same_node);
    if (known != list.end()) {
      known->named_by = settings.devices_from;
    } else if (std::filesystem::is_character_file(path, none)) {  // as every hidraw node is
      list.push_back({.token = {.path = path, .manufacturer = {}, .product = {}, .serial = {}},
                      .named_by = settings.devices_from});
    }
  }
  for (ListedToken& each : list) each.usable = ::access(each.token.path.c_str(), R_OK | W_OK) == 0;
  return list;
}

std::string usb_id(const HidToken& token) {
  return fmt::format("{:04x}:{:04x}", token.vendor_id, token.product_id);
}

std::string listed_text(const ListedToken& listed) {
  const HidToken& token = listed.token;
  std::string text = ui::text_row("Token", printable(token.path));
  if (const auto product = product_words(token); !product.empty()) {
    text += ui::foreign_row("Product", printable(product));
  }
  if (!token.serial.empty()) text += ui::foreign_row("Serial", printable(token.serial));
  if (listed.found) text += ui::text_row("USB ID", usb_id(token));
  if (!listed.named_by.empty()) text += ui::text_row("Named", "by " + listed.named_by);
  text += ui::text_row("State", listed.usable ? "ready" : "permission denied");
  if (!listed.usable && listed.found) {
    text += ui::text_row("udev rule", udev_rule(token));
    text += ui::text_row("goes into", kUdevRuleFile);
  }
  return text;
}

ui::Json listed_json(const ListedToken& listed) {
  const HidToken& token = listed.token;
  ui::Json json{{"path", ui::json_text(token.path)}};
  if (listed.found) {
    json["manufacturer"] = ui::json_text(token.manufacturer);
    json["product"] = ui::json_text(token.product);
    json["serial"] = ui::json_text(token.serial);
    json["vendor_id"] = fmt::format("{:04x}", token.vendor_id);
    json["product_id"] = fmt::format("{:04x}", token.product_id);
  }
  json["named"] = !listed.named_by.empty();
  json["usable"] = listed.usable;
  if (!listed.usable && listed.found) {
    json["udev_rule"] = udev_rule(token);
    json["udev_file"] = kUdevRuleFile;
  }
  return json;
}

}  // namespace

Result<int> list_tokens(const TokenListOptions& options) {
  HALLIGAN_TRY(const auto settings, fido::load_settings());
  const auto list = collect(settings);
  bool closed = false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    closed = closed || (list[i].found && !list[i].usable);
    if (options.output.json) {
      HALLIGAN_CHECK(ui::print(ui::json_line(listed_json(list[i]))));
    } else {
      HALLIGAN_CHECK(ui::print((i == 0 ? "" : "\n") + listed_text(list[i])));
    }
  }
  if (closed) {
    say("no permission to open a token: add its udev rule to " + std::string(kUdevRuleFile),
        "then run udevadm control --reload, and insert the token again. The rule admits whoever sits at\n"
        "  this computer, as Debian's own rules do, and the group plugdev, for ssh and services");
  }
  if (list.empty())
    return fail(Code::kNo, "no FIDO token found", "insert the token, or name it in HALLIGAN_DEVICE");
  return 0;
}

}  // namespace halligan::token
