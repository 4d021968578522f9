#include "abi/boundary.hpp"

#include <fcntl.h>
#include <cstdlib>
#include <string>

#include "base/log.hpp"

namespace halligan::abi {
namespace {

// OpenSSH asks for a PIN on the terminal or through SSH_ASKPASS; with neither, its "incorrect passphrase"
// explains nothing.
bool somebody_can_be_asked() {
  if (::secure_getenv("SSH_ASKPASS") != nullptr) return true;
  const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (terminal < 0) return false;
  ::close(terminal);
  return true;
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
  // ssh, ssh-agent and ssh-keygen try without a PIN, and ask for it when the answer is "PIN required": that
  // first answer is part of the conversation and no failure. A resident key that exists is said, too: it
  // leads to ssh-keygen's question whether to overwrite it, which does not say which one it is.
  if (error.code == Code::kPinRequired && asked_without_pin) {
    if (somebody_can_be_asked()) {
      debug(std::string(function) + ": " + error.message);
    } else {
      say(error.message, "nobody can be asked for it here: no terminal, and SSH_ASKPASS is not set");
    }
  } else {
    say(error.message, error.hint);
  }
  return sk_error(error.code);
}

}  // namespace halligan::abi
