// halligan env
#include "unattended/environment.hpp"

#include <algorithm>
#include <array>

#include "base/codec.hpp"
#include "ui/output.hpp"
#include "unattended/card.hpp"
#include "unattended/command.hpp"
#include "unattended/kept_agent.hpp"
#include "unattended/user_agent.hpp"

namespace halligan::unattended {
namespace {

constexpr std::string_view kName = "SSH_AUTH_SOCK";

// Between quotes, each of these characters with something in front or in its place.
template <typename Replace>
std::string quoted(const std::string& text, char quote, Replace replace) {
  std::string out(1, quote);
  for (const char each : text) out += replace(each);
  return out + quote;
}

Result<std::string> agent_socket_of(const KeyOptions& keys, bool start) {
  HALLIGAN_TRY(const auto card, meant_card(keys));
  if (card) {
    HALLIGAN_TRY(const CardAgent agent, CardAgent::find(start));
    return agent.ssh_socket();
  }
  if (start) return keep_agent();
  HALLIGAN_TRY(const UserAgent agent, UserAgent::find(keys.agent));
  return agent.socket();
}

std::string backslashed(std::string_view these, char each) {
  return these.find(each) == std::string_view::npos ? std::string(1, each) : std::string("\\") + each;
}

}  // namespace

Result<std::string> agent_variable(Form form, const std::string& path) {
  const std::string name(kName);
  const Failure cannot =
      fail(Code::kBadInput, "cannot write the agent's path in that form: " + printable(path),
           "give the agent a simpler path: ssh-agent -a PATH");
  if (std::ranges::any_of(path, [](unsigned char each) { return each < 0x20 || each == 0x7f; }))
    return cannot;
  switch (form) {
    case Form::kSh:
      return name + "=" +
             quoted(path, '\'',
                    [](char each) { return each == '\'' ? std::string("'\\''") : std::string(1, each); }) +
             "; export " + name + ";\n";
    case Form::kCsh:  // its history is expanded inside quotes
      return "setenv " + name + " " +
             quoted(path, '\'',
                    [](char each) { return each == '\'' ? std::string("'\\''") : backslashed("!", each); }) +
             ";\n";
    case Form::kFish:
      return "set -gx " + name + " " +
             quoted(path, '\'', [](char each) { return backslashed("\\'", each); }) + ";\n";
    case Form::kSystemd:
      return name + "=" + quoted(path, '"', [](char each) { return backslashed("\"\\$`", each); }) + "\n";
    case Form::kCrontab:
      break;
  }
  // crontab(5): quotes keep blanks, and there is nothing that would escape a quote.
  const bool both = path.find('"') != std::string::npos && path.find('\'') != std::string::npos;
  if (both) return cannot;
  const char quote = path.find('"') == std::string::npos ? '"' : '\'';
  return name + "=" + quoted(path, quote, [](char each) { return std::string(1, each); }) + "\n";
}

Result<int> print_environment(const EnvironmentOptions& options) {
  HALLIGAN_TRY(const std::string socket, agent_socket_of(options.keys, options.start));
  const Form form = options.csh       ? Form::kCsh
                    : options.fish    ? Form::kFish
                    : options.systemd ? Form::kSystemd
                    : options.crontab ? Form::kCrontab
                                      : Form::kSh;
  HALLIGAN_TRY(const std::string line, agent_variable(form, socket));
  HALLIGAN_CHECK(ui::print(line));
  return 0;
}

}  // namespace halligan::unattended
