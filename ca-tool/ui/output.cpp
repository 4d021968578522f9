#include "ui/output.hpp"
#include <unistd.h>

#include <cerrno>

#include "base/log.hpp"
#include "command/exit_code.hpp"

namespace halligan::ui {
namespace {

bool complains_in_json = false;  // what was asked for on this process's command line

std::string_view code_word(Code code) {
  switch (code) {
    case Code::kNo:
      return "no";
    case Code::kUsage:
      return "usage";
    case Code::kBadInput:
      return "bad-input";
    case Code::kUnreachable:
      return "unreachable";
    case Code::kNeedsPerson:
      return "needs-person";
    case Code::kInternal:
      return "internal";
    case Code::kUnsupported:
      return "unsupported";
    case Code::kPinRequired:
      return "pin-required";
    case Code::kNotFound:
      return "not-found";
    case Code::kExists:
      return "exists";
  }
  return "";
}

}  // namespace

void declare_json(command::Flags& flags, OutputOptions& options, std::string help) {
  command::Flag& flag = flags.flag("--json", options.json, std::move(help));
  flag.take = [take = std::move(flag.take)](const std::string& text) {
    complain_in_json();
    return take(text);
  };
}

command::Flag& declare_force(command::Flags& flags, OutputOptions& options, std::string help) {
  return flags.flag("--force", options.force, std::move(help));
}

Result<> print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(errno_error(Code::kUnreachable, "write to standard output", errno));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

void tell(std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

void complain(const Error& error) {
  if (!complains_in_json) return say(error.message, error.hint);
  tell(json_line(error_json(error)));
}

void complain_in_json() { complains_in_json = true; }

Json error_json(const Error& error) {
  return {{"error", json_text(error.message)},
          {"hint", json_text(error.hint)},
          {"status", command::exit_code(error.code)},
          {"code", code_word(error.code)}};
}

Error hint_if_exists(Error error, std::string_view hint) {
  if (error.code == Code::kExists) error.hint = hint;
  return error;
}

}  // namespace halligan::ui
