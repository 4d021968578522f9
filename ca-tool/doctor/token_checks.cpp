// The token, the way to it, and its PIN.
#include <unistd.h>

#include <algorithm>

#include "base/codec.hpp"
#include "doctor/checks.hpp"
#include "fido/discovery/settings.hpp"
#include "io/unix_socket.hpp"
#include "token/hid_tokens.hpp"
#include "token/report.hpp"
#include "unattended/check.hpp"
#include "unattended/unlock.hpp"

namespace halligan::doctor {
namespace {

constexpr const char* kPcscdSocket = "/run/pcscd/pcscd.comm";

// The nodes of tokens that are there, named ones first.
std::vector<std::string> present_tokens(const fido::Settings& settings, const DoctorOptions& options) {
  std::vector<std::string> paths = settings.devices;
  if (!options.token.device.empty()) paths = {options.token.device};
  for (const token::HidToken& each : token::hid_tokens()) paths.push_back(each.path);
  std::erase_if(paths, [](const std::string& path) { return ::access(path.c_str(), F_OK) != 0; });
  return paths;
}

}  // namespace

Finding check_permissions(const DoctorOptions& options) {
  constexpr std::string_view kName = "permissions";
  const auto settings = fido::load_settings();
  if (!settings) return wrong(kName, settings.error());
  const std::vector<std::string> paths = present_tokens(*settings, options);
  const auto closed = std::ranges::find_if(
      paths, [](const std::string& path) { return ::access(path.c_str(), R_OK | W_OK) != 0; });
  if (closed != paths.end()) {
    return {kName, Verdict::kWrong,
            "no permission to open the token " + printable(*closed) +
                "; for good: the udev rule that halligan token list shows",
            "sudo chown " + std::to_string(::geteuid()) + " " + shell_word(*closed)};
  }
  if (paths.empty()) return {kName, Verdict::kUnknown, "no token is plugged in"};
  return {kName, Verdict::kFine, "this user may open each token that is plugged in"};
}

Finding check_cards(const DoctorOptions&) {
  constexpr std::string_view kName = "cards";
  if (io::UnixSocket::connect(kPcscdSocket)) return {kName, Verdict::kFine, "pcscd runs"};
  return {kName, Verdict::kUnknown, "pcscd does not run, which only tokens in a card reader need",
          "sudo systemctl start pcscd.socket"};
}

Finding check_token(const DoctorOptions& options) {
  constexpr std::string_view kName = "token";
  const auto info = unattended::look_at_token(options.token);
  if (info) return {kName, Verdict::kFine, info->name};
  if (check_permissions(options).verdict == Verdict::kWrong)
    return {kName, Verdict::kUnknown, "it may not be opened"};
  const auto settings = fido::load_settings();
  const auto there = settings ? present_tokens(*settings, options) : std::vector<std::string>();
  if (info.error().code == Code::kUsage && !there.empty())
    return {kName, Verdict::kWrong, info.error().message,
            "export HALLIGAN_DEVICE=" + shell_word(there.front())};
  return wrong(kName, info.error());
}

Finding check_pin(const DoctorOptions& options) {
  constexpr std::string_view kName = "pin";
  const auto info = unattended::look_at_token(options.token);
  if (!info) return {kName, Verdict::kUnknown, "no token to look at"};
  if (const auto state = unattended::check_pin_state(*info, false); !state) {
    if (!info->has("clientPin"))
      return {kName, Verdict::kWrong, state.error().message, "halligan token pin set"};
    if (info->force_pin_change)
      return {kName, Verdict::kWrong, state.error().message, "halligan token pin change"};
    // The correct PIN brings all tries back.
    if (info->pin_tries != 0U && !info->replug_required)
      return {kName, Verdict::kWrong, state.error().message, "halligan token keys list"};
    return wrong(kName, state.error());
  }
  return {kName, Verdict::kFine, info->pin_tries ? token::tries_words(*info->pin_tries) : "is set"};
}

}  // namespace halligan::doctor
