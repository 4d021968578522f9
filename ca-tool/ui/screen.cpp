#include "ui/screen.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

#include "base/program.hpp"
#include "base/terminal.hpp"

namespace halligan::ui {
namespace {

constexpr std::string_view kPlain = "\x1b[0m";
constexpr std::array<std::string_view, 3> kColours{"", "\x1b[33m", "\x1b[31m"};  // yellow, red

int paged = -1;  // the terminal behind the pager

bool shows_colours(int fd) {
  const char* without = ::secure_getenv("NO_COLOR");
  if (without != nullptr && *without != '\0') return false;
  return takes_control_sequences(paged >= 0 ? paged : fd);
}

// $PAGER is a command line. Empty or cat: none, as for git and man.
std::optional<std::string> pager() {
  const char* named = ::secure_getenv("PAGER");
  const std::string command = named == nullptr ? "less" : named;
  if (command.empty() || command == "cat") return std::nullopt;
  if (named == nullptr && !find_program(command)) return std::nullopt;
  return command;
}

// less: end at once if it fits, show colours, leave the screen as it is.
io::Variables pager_variables() {
  if (::secure_getenv("LESS") != nullptr) return {};
  return {{"LESS", "FRX"}};
}

void ignore_ctrl_c(bool ignore) {
  for (const int number : {SIGINT, SIGQUIT}) ::signal(number, ignore ? SIG_IGN : SIG_DFL);
}

}  // namespace

std::string toned(Tone tone, std::string text) {
  if (tone == Tone::kPlain) return text;
  return std::string(kColours[static_cast<std::size_t>(tone)]) + text + std::string(kPlain);
}

std::string for_stream(std::string_view text, int fd) {
  std::string out;
  const bool coloured = shows_colours(fd);
  while (!text.empty()) {
    const std::size_t escape = text.find('\x1b');
    out += text.substr(0, escape);
    if (escape == std::string_view::npos) break;
    text.remove_prefix(escape);
    std::size_t length = 1;
    for (const std::string_view each : {kPlain, kColours[1], kColours[2]}) {
      if (text.starts_with(each)) length = each.size();
    }
    if (coloured || length == 1) out += text.substr(0, length);
    text.remove_prefix(length);
  }
  return out;
}

Pager::Pager(const OutputOptions& options) {
  if (options.json || options.no_pager || !takes_control_sequences(STDOUT_FILENO)) return;
  const auto command = pager();
  if (!command) return;
  auto pipe = io::make_pipe();
  terminal_ = Descriptor(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!pipe || !terminal_) return;
  auto child = io::Child::start({"/bin/sh", "-c", *command}, {.in = pipe->read.get(), .out = terminal_.get()},
                                io::Session::kOurs, pager_variables());
  if (!child || ::dup2(pipe->write.get(), STDOUT_FILENO) < 0) return;
  // Errors belong to the text, and would be written across the pager's screen.
  if (::isatty(STDERR_FILENO) == 1) {
    errors_ = Descriptor(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
    ::dup2(pipe->write.get(), STDERR_FILENO);
  }
  child_.emplace(std::move(*child));
  paged = terminal_.get();
  // The pager answers Ctrl-C in its own way, and we outlive it. Who quits it early ends our writing.
  ignore_ctrl_c(true);
  ::signal(SIGPIPE, SIG_IGN);
}

Pager::~Pager() {
  if (!child_) return;
  ::dup2(terminal_.get(), STDOUT_FILENO);  // the pager sees the end
  if (errors_) ::dup2(errors_.get(), STDERR_FILENO);
  static_cast<void>(child_->wait());
  ignore_ctrl_c(false);
  paged = -1;
}

bool is_paging() { return paged >= 0; }

}  // namespace halligan::ui
