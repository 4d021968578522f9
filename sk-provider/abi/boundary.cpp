#include "abi/boundary.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/askpass.hpp"
#include "base/descriptor.hpp"
#include "base/log.hpp"
#include "base/program.hpp"
#include "fido/presence/touch_notice.hpp"

namespace halligan::abi {
namespace {

// The program that asks is our parent: ssh-sk-helper, in which we are, asks for nothing.
std::string parent(const char* file) { return "/proc/" + std::to_string(::getppid()) + "/" + file; }

Asker who_asks() {
  const Descriptor file(::open(parent("comm").c_str(), O_RDONLY | O_CLOEXEC));
  const std::string name = file ? read_all(file, 64).value_or("") : "";
  if (name == "ssh-agent\n") return Asker::kAgent;
  return name == "ssh-keygen\n" || name == "ssh-add\n" ? Asker::kAlsoInput : Asker::kAtTerminal;
}

bool can_be_asked(bool wayland) {
  AskpassEnvironment found = AskpassEnvironment::ours(fido::has_controlling_terminal(), wayland);
  found.asker = who_asks();
  std::error_code ignored;
  const auto input = std::filesystem::read_symlink(parent("fd/0"), ignored).native();
  found.input_is_null = input.empty() || input == "/dev/null";
  found.input_is_terminal = input.starts_with("/dev/pts/") || input.starts_with("/dev/tty");
  const SecretSource source = choose_source(found);
  return source == SecretSource::kAskpass ? find_program(found.program).has_value()
                                          : source != SecretSource::kNone;
}

// OpenSSH reports only "incorrect passphrase", or "agent refused operation", where it cannot ask.
// @return what to do so that it can, or nothing
std::string_view how_to_be_asked() {
  if (can_be_asked(false)) return {};
  return can_be_asked(true)
             ? "with WAYLAND_DISPLAY alone, only OpenSSH 10.0 and later ask for it: set "
               "SSH_ASKPASS_REQUIRE=force"
             : "nobody can be asked for it: set SSH_ASKPASS to a program, and SSH_ASKPASS_REQUIRE=force "
               "unless there is a DISPLAY";
}

}  // namespace

int sk_error(Code code) {
  switch (code) {
    case Code::kUnsupported:
      return HALLIGAN_SK_ERR_UNSUPPORTED;
    case Code::kPinRequired:
      return HALLIGAN_SK_ERR_PIN_REQUIRED;
    case Code::kNotFound:
    case Code::kUnreachable:
      return HALLIGAN_SK_ERR_DEVICE_NOT_FOUND;
    case Code::kExists:
      return HALLIGAN_SK_ERR_CREDENTIAL_EXISTS;
    default:
      return HALLIGAN_SK_ERR_GENERAL;
  }
}

int report(std::string_view function, const Error& error, bool asked_without_pin) {
  // ssh, ssh-agent and ssh-keygen try without a PIN first, and ask for it after "PIN required", so that is
  // not a failure. A resident key that exists is reported, too: ssh-keygen then asks whether to overwrite it,
  // without saying which one it is.
  const bool goes_on = error.code == Code::kPinRequired && asked_without_pin;
  const std::string_view hint = goes_on ? how_to_be_asked() : std::string_view(error.hint);
  if (goes_on && hint.empty()) {
    debug(std::string(function) + ": " + error.message);
  } else {
    complain(error.message, hint);
  }
  return sk_error(error.code);
}

}  // namespace halligan::abi
