#include "io/secret_input.hpp"

#include <fcntl.h>
#include <poll.h>

#include <cerrno>
#include <cstdlib>

#include "base/codec.hpp"
#include "io/descriptor.hpp"
#include "io/spawn.hpp"
#include "io/terminal.hpp"

namespace halligan::io {
namespace {

constexpr const char* kDefaultAskpass =
    "/usr/bin/ssh-askpass";  // Debian's alternative, and OpenSSH's default there

std::string environment(const char* name) {
  const char* value = ::secure_getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

bool is_word(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != lower[i]) return false;
  }
  return true;
}

// One byte, or 0 at the end. Byte by byte: what stands behind the newline is for somebody else.
Result<std::size_t> read_byte(int fd, std::uint8_t& byte) {
  while (true) {
    const ssize_t got = ::read(fd, &byte, 1);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EAGAIN) {
      pollfd polled{fd, POLLIN, 0};
      ::poll(&polled, 1, -1);
    } else if (errno != EINTR) {
      return fail(errno_error(Code::kUnreachable, "reading the PIN", errno));
    }
  }
}

Result<Pin> read_line(int fd) {
  Pin out;
  std::uint8_t byte = 0;
  while (true) {
    HALLIGAN_TRY(const std::size_t got, read_byte(fd, byte));
    if (got == 0 || byte == '\n') break;
    if (byte == 0) return fail(Code::kBadInput, "a NUL inside the PIN");
    if (!out.append(byte)) return fail(Code::kBadInput, "the PIN is longer than 255 bytes");
    explicit_bzero(&byte, sizeof byte);
  }
  if (!out.empty() && out.data()[out.size() - 1] == '\r') static_cast<void>(out.resize(out.size() - 1));
  return out;
}

// An askpass program that was stopped reading from would block on a full pipe: it is ended with the Child.
Result<Pin> read_answer(const std::string& program, std::string_view prompt) {
  HALLIGAN_TRY(Pipe answer, make_pipe());
  HALLIGAN_TRY(Child child, Child::spawn({program, std::string(prompt)}, {-1, answer.write.get(), -1}));
  answer.write.reset();
  HALLIGAN_TRY(Pin out, read_line(answer.read.get()));
  answer.read.reset();
  HALLIGAN_TRY(const int status, child.wait());
  if (status != 0) return fail(Code::kNeedsPerson, "the question was refused in " + program);
  if (out.empty()) return fail(Code::kNeedsPerson, program + " gave an empty answer");
  return out;
}

}  // namespace

Result<Pin> read_fd_secret(int fd) {
  const std::string name = "descriptor " + std::to_string(fd);
  if (fd < 0 || ::fcntl(fd, F_GETFD) == -1) {
    return fail(Code::kUsage, name + " is not open", "open it in the shell, as in --pin-fd 3 3<FILE");
  }
  if (is_terminal(fd)) {
    return fail(Code::kUsage, name + " is a terminal, which would show the PIN",
                "leave --pin-fd away to be asked");
  }
  const Descriptor owned(fd);
  HALLIGAN_TRY(Pin out, read_line(fd));
  if (out.empty()) return fail(Code::kNeedsPerson, "no PIN came from " + name);
  return out;
}

Result<Pin> read_askpass_secret(const std::string& program, std::string_view prompt) {
  return read_answer(program, prompt);
}

SecretSource choose_source(const AskpassEnvironment& environment) {
  bool allowed = environment.have_display;
  bool wanted = !environment.have_terminal;
  if (is_word(environment.require, "force")) {
    allowed = true;
    wanted = true;
  } else if (is_word(environment.require, "prefer")) {
    wanted = wanted || allowed;
  } else if (is_word(environment.require, "never")) {
    allowed = false;
  }
  if (wanted && allowed) return SecretSource::kAskpass;
  return environment.have_terminal ? SecretSource::kTerminal : SecretSource::kNone;
}

Result<Pin> ask_secret(const SecretRequest& request) {
  if (request.fd) return read_fd_secret(*request.fd);
  AskpassEnvironment found;
  found.have_display = !environment("DISPLAY").empty() || !environment("WAYLAND_DISPLAY").empty();
  found.require = environment("SSH_ASKPASS_REQUIRE");
  found.program = environment("SSH_ASKPASS");
  found.have_terminal = have_terminal();
  switch (choose_source(found)) {
    case SecretSource::kTerminal:
      return read_terminal_secret(request.prompt);
    case SecretSource::kAskpass:
      return read_askpass_secret(found.program.empty() ? kDefaultAskpass : found.program, request.prompt);
    case SecretSource::kNone:
      break;
  }
  return fail(
      Code::kNeedsPerson, "no terminal and no askpass program to ask for the PIN",
      "run it at a terminal, set SSH_ASKPASS and SSH_ASKPASS_REQUIRE=force, or give the PIN with --pin-fd");
}

}  // namespace halligan::io
