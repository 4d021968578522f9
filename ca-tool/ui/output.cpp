#include "ui/output.hpp"
#include <unistd.h>

#include <cerrno>

#include "base/log.hpp"

namespace halligan::ui {

void declare_json(command::Flags& flags, OutputOptions& options) {
  flags.flag("--json", options.json, "report as JSON, an object on each line");
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

void complain(const Error& error) { say(error.message, error.hint); }

Error hint_if_exists(Error error, std::string_view hint) {
  if (error.code == Code::kExists) error.hint = hint;
  return error;
}

}  // namespace halligan::ui
