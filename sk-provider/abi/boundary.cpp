#include "abi/boundary.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "base/askpass.hpp"
#include "base/descriptor.hpp"
#include "base/log.hpp"
#include "fido/presence/touch_notice.hpp"

namespace halligan::abi {
namespace {

// The program that asks is our parent: ssh-sk-helper, in which we are, asks for nothing.
bool agent_asks() {
  const Descriptor file(
      ::open(("/proc/" + std::to_string(::getppid()) + "/comm").c_str(), O_RDONLY | O_CLOEXEC));
  return file && read_all(file, 64) == "ssh-agent\n";
}

// OpenSSH reports only "incorrect passphrase", or "agent refused operation", where it cannot ask.
bool can_be_asked() {
  AskpassEnvironment found = AskpassEnvironment::ours(fido::has_controlling_terminal(), false);
  found.is_agent = agent_asks();
  const SecretSource source = choose_source(found);
  return source == SecretSource::kTerminal ||
         (source == SecretSource::kAskpass && ::access(found.program.c_str(), X_OK) == 0);
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
  if (error.code != Code::kPinRequired || !asked_without_pin) {
    complain(error.message, error.hint);
  } else if (can_be_asked()) {
    debug(std::string(function) + ": " + error.message);
  } else {
    complain(error.message,
             "nobody can be asked for it: set SSH_ASKPASS to a program, and SSH_ASKPASS_REQUIRE=force "
             "unless there is a DISPLAY");
  }
  return sk_error(error.code);
}

}  // namespace halligan::abi
