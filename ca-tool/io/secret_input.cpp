#include "io/secret_input.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/askpass.hpp"
#include "base/program.hpp"
#include "io/descriptor.hpp"
#include "io/process.hpp"
#include "io/terminal.hpp"

namespace halligan::io {
namespace {

constexpr std::size_t kLargestAnswer = 4096;

Failure too_long() { return fail(Code::kBadInput, "the PIN is longer than 255 bytes"); }

// One line, without its newline.
Result<Pin> to_pin(ByteView line) {
  if (!line.empty() && line.back() == '\r') line = line.first(line.size() - 1);
  if (as_text(line).find('\0') != std::string_view::npos) {
    return fail(Code::kBadInput, "the PIN contains a NUL");
  }
  Pin out;
  if (!out.append(line)) return too_long();
  return out;
}

// Byte by byte: what follows the newline is for somebody else.
Result<Pin> read_line(int fd) {
  Secret<Pin::kCapacity + 1> line;  // with the CR
  while (true) {
    std::uint8_t byte = 0;
    const ssize_t got = read_some(fd, {&byte, 1});
    if (got < 0) return fail(errno_error(Code::kUnreachable, "reading the PIN", errno));
    if (got == 0 || byte == '\n') return to_pin(line.view());
    if (!line.append(byte)) return too_long();
    explicit_bzero(&byte, sizeof byte);
  }
}

// The first line of what it writes.
Result<Pin> read_program_secret(std::vector<std::string> argv) {
  const std::string program = argv.front();
  Secret<kLargestAnswer> answer;
  if (!answer.resize(kLargestAnswer)) return fail(Code::kInternal, "a buffer smaller than itself");
  HALLIGAN_TRY(const auto done, run({.argv = std::move(argv),
                                     .out = Buffer(answer.data(), answer.size()),
                                     .err = Inherited{},
                                     .timeout = std::nullopt}));
  const ByteView all = answer.view().first(done.size);
  HALLIGAN_TRY(Pin out, to_pin(all.first(std::min(as_text(all).find('\n'), all.size()))));
  if (done.exit_code != 0) {
    return fail(Code::kNeedsPerson,
                program + " returned no PIN: exit status " + std::to_string(done.exit_code));
  }
  if (out.empty()) return fail(Code::kNeedsPerson, program + " returned an empty PIN");
  return out;
}

constexpr const char* kSystemdAsks = "systemd-ask-password";

}  // namespace

Result<> claim_descriptor(int fd) {
  const int flags = fd < 0 ? -1 : ::fcntl(fd, F_GETFD);
  if (flags == -1 || ::fcntl(fd, F_SETFD, flags | FD_CLOEXEC) == -1) {
    return fail(Code::kUsage, "descriptor " + std::to_string(fd) + " is not open",
                "open it in the shell, as in --pin-fd 3 3<FILE");
  }
  return {};
}

Result<Pin> read_fd_secret(int fd) {
  const std::string name = "descriptor " + std::to_string(fd);
  HALLIGAN_CHECK(claim_descriptor(fd));
  if (is_terminal(fd)) {
    return fail(Code::kUsage, name + " is a terminal, which would echo the PIN", "omit --pin-fd to be asked");
  }
  const Descriptor owned(fd);
  HALLIGAN_TRY(Pin out, read_line(fd));
  if (out.empty()) return fail(Code::kNeedsPerson, "no PIN on " + name);
  return out;
}

Result<Pin> read_askpass_secret(const std::string& program, std::string_view prompt) {
  return read_program_secret({program, std::string(prompt)});
}

Result<Pin> read_systemd_secret(std::string_view prompt, std::chrono::seconds patience) {
  return read_program_secret({kSystemdAsks, "--no-tty", "--timeout=" + std::to_string(patience.count()),
                              "--id=halligan:pin", std::string(prompt)});
}

Result<Pin> ask_secret(const SecretRequest& request) {
  if (request.fd) return read_fd_secret(*request.fd);
  const AskpassEnvironment found = AskpassEnvironment::ours(have_terminal(), true);
  switch (choose_source(found)) {
    case SecretSource::kTerminal:
      return read_terminal_secret(request.prompt);
    case SecretSource::kAskpass:
      return read_askpass_secret(found.program, request.prompt);
    case SecretSource::kInput:
    case SecretSource::kNone:
      if (request.by_systemd && find_program(kSystemdAsks))
        return read_systemd_secret(request.prompt, *request.by_systemd);
      break;
  }
  return fail(
      Code::kNeedsPerson, "cannot ask for the PIN: no terminal and no askpass program",
      "run it at a terminal, set SSH_ASKPASS and SSH_ASKPASS_REQUIRE=force, or pass the PIN with --pin-fd");
}

}  // namespace halligan::io
