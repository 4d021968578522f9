// halligan token list
#include <fmt/format.h>
#include <cstdlib>
#include <memory>

#include "base/log.hpp"
#include "cli/output.hpp"
#include "cli/token_command.hpp"
#include "cli/token_report.hpp"
#include "io/hid_tokens.hpp"
#include "token/settings.hpp"

namespace halligan::cli {
namespace {

struct ListedToken {
  io::HidToken token;
  bool found = false;  ///< by hidapi: it is a FIDO token
  bool named = false;  ///< in HALLIGAN_DEVICE or halligan.conf
  bool usable = false;
};

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real == nullptr ? path : std::string(real.get());
}

std::vector<ListedToken> collect(const std::vector<std::string>& named_paths) {
  std::vector<ListedToken> list;
  for (auto& token : io::hid_tokens()) list.push_back({std::move(token), true, false, false});
  for (const std::string& path : named_paths) {
    const auto same_node = [&](const ListedToken& each) {
      return real_path(each.token.path) == real_path(path);
    };
    const auto known = std::find_if(list.begin(), list.end(), same_node);
    if (known != list.end()) {
      known->named = true;
    } else if (io::is_character_device(path)) {
      list.push_back({{.path = path, .manufacturer = {}, .product = {}, .serial = {}}, false, true, false});
    }
  }
  for (ListedToken& each : list) each.usable = io::may_use(each.token.path);
  return list;
}

std::string product_words(const io::HidToken& token) {
  if (token.manufacturer.empty() || token.product.starts_with(token.manufacturer)) return token.product;
  return token.product.empty() ? token.manufacturer : token.manufacturer + " " + token.product;
}

std::string usb_id(const io::HidToken& token) {
  return fmt::format("{:04x}:{:04x}", token.vendor_id, token.product_id);
}

std::string listed_text(const ListedToken& listed) {
  const io::HidToken& token = listed.token;
  std::string text = report_row("Token", printable(token.path));
  if (const auto product = product_words(token); !product.empty()) {
    text += report_row("Product", printable(product));
  }
  if (!token.serial.empty()) text += report_row("Serial", printable(token.serial));
  if (listed.found) text += report_row("Maker:model", usb_id(token));
  if (listed.named) text += report_row("Named", "by HALLIGAN_DEVICE or halligan.conf");
  text += report_row("State", listed.usable ? "ready" : "plugged in, but you may not open it");
  if (!listed.usable && listed.found) {
    text += report_row("udev rule", io::udev_rule(token));
    text += report_row("goes into", io::kUdevRuleFile);
  }
  return text;
}

ReportJson listed_json(const ListedToken& listed) {
  const io::HidToken& token = listed.token;
  ReportJson json{{"path", json_text(token.path)}};
  if (listed.found) {
    json["manufacturer"] = json_text(token.manufacturer);
    json["product"] = json_text(token.product);
    json["serial"] = json_text(token.serial);
    json["vendor_id"] = fmt::format("{:04x}", token.vendor_id);
    json["product_id"] = fmt::format("{:04x}", token.product_id);
  }
  json["named"] = listed.named;
  json["usable"] = listed.usable;
  if (!listed.usable && listed.found) {
    json["udev_rule"] = io::udev_rule(token);
    json["udev_file"] = io::kUdevRuleFile;
  }
  return json;
}

}  // namespace

Result<int> list_tokens(const TokenListOptions& options) {
  HALLIGAN_TRY(const auto settings, token::load_settings());
  const auto list = collect(settings.devices);
  bool closed = false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    closed = closed || (list[i].found && !list[i].usable);
    if (options.output.json) {
      HALLIGAN_CHECK(print(json_line(listed_json(list[i]))));
    } else {
      HALLIGAN_CHECK(print((i == 0 ? "" : "\n") + listed_text(list[i])));
    }
  }
  if (closed) {
    say("there is a token that you may not open: put its rule into " + std::string(io::kUdevRuleFile) + ",",
        "then run udevadm control --reload, and plug it in again. The rule lets in whoever sits at\n"
        "  this computer, as Debian's own rules do, and the group plugdev, for ssh and services");
  }
  if (list.empty())
    return fail(Code::kNo, "there is no FIDO token", "put it in, or name it in HALLIGAN_DEVICE");
  return 0;
}

}  // namespace halligan::cli
