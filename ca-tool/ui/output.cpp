#include "ui/output.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/log.hpp"
#include "command/exit_code.hpp"
#include "ssh/validity.hpp"
#include "ui/screen.hpp"

namespace halligan::ui {
namespace {

bool complains_in_json = false;  // what was asked for on this process's command line

// In the order of Code.
constexpr std::array<std::string_view, 10> kCodeWords{
    "no",       "usage",       "bad-input",    "unreachable", "needs-person",
    "internal", "unsupported", "pin-required", "not-found",   "exists"};
static_assert(kCodeWords.size() == static_cast<std::size_t>(Code::kExists) + 1);

}  // namespace

void declare_json(command::Flags& flags, OutputOptions& options, std::string help) {
  command::Flag& flag = flags.flag("--json", options.json, std::move(help));
  flag.take = [take = std::move(flag.take)](const std::string& text) {
    complain_in_json();
    return take(text);
  };
}

void declare_pager(command::Flags& flags, OutputOptions& options) {
  flags.flag("--no-pager", options.no_pager, "do not show long output through $PAGER");
}

command::Flag& declare_force(command::Flags& flags, OutputOptions& options, std::string help) {
  return flags.flag("--force", options.force, std::move(help));
}

command::Flag& declare_duration(command::Flags& flags, std::string_view name,
                                std::optional<std::uint32_t>& into, const std::string& help) {
  std::string unused;
  command::Flag& flag = flags.option(name, "DURATION", unused, help);
  flag.fallback.clear();
  flag.take = [&into](const std::string& text) -> Result<> {
    HALLIGAN_TRY(const std::uint64_t seconds, ssh::parse_duration(text));
    if (seconds == 0) return fail(Code::kUsage, "at least one second");
    into = static_cast<std::uint32_t>(seconds);
    return {};
  };
  return flag;
}

Result<> print(std::string_view answer) {
  const std::string shown = for_stream(answer, STDOUT_FILENO);
  std::string_view text = shown;
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EPIPE && is_paging()) return {};  // the person has seen enough
    if (written < 0) return fail(errno_error(Code::kUnreachable, "write to standard output", errno));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

void tell(std::string_view text) {
  const std::string shown = for_stream(text, STDERR_FILENO);
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, shown.data(), shown.size());
}

void complain(const Error& error, std::optional<int> status) {
  if (!complains_in_json) return say(error.message, error.hint);
  tell(json_line(error_json(error, status)));
}

void complain_in_json() { complains_in_json = true; }

Json error_json(const Error& error, std::optional<int> status) {
  return {{"error", json_text(error.message)},
          {"hint", json_text(error.hint)},
          {"status", status.value_or(command::exit_code(error.code))},
          {"code", kCodeWords[static_cast<std::size_t>(error.code)]}};
}

}  // namespace halligan::ui
