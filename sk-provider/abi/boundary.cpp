#include "abi/boundary.hpp"

#include <cstdlib>
#include <string>

#include "base/log.hpp"
#include "fido/presence/touch_notice.hpp"

namespace halligan::abi {
namespace {

// OpenSSH asks for a PIN on the terminal or through SSH_ASKPASS; without either, it reports only "incorrect
// passphrase".
bool can_be_asked() { return ::secure_getenv("SSH_ASKPASS") != nullptr || fido::has_controlling_terminal(); }

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
    say(error.message, error.hint);
  } else if (can_be_asked()) {
    debug(std::string(function) + ": " + error.message);
  } else {
    say(error.message, "nobody can be asked for it: there is no terminal, and SSH_ASKPASS is not set");
  }
  return sk_error(error.code);
}

}  // namespace halligan::abi
