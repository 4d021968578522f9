#include "ca/options.hpp"

#include <limits>

namespace halligan::ca {

void declare_device(command::Flags& flags, TokenOptions& options) {
  flags.group("Token");
  flags.option("--device", "PATH", options.device, "use only the token at PATH");
}

void declare(command::Flags& flags, TokenOptions& options) {
  declare_device(flags, options);
  flags.number("--pin-fd", "N", options.pin_fd, 0, std::numeric_limits<int>::max(),
               "read the PIN from file descriptor N");
}

void declare_name(command::Flags& flags, AuthorityOptions& options) {
  flags.option("--application", "NAME", options.application, "the CA's application on the token");
  flags.option("--user", "NAME", options.user, "the CA's user on the token").empty_too();
}

void declare(command::Flags& flags, AuthorityOptions& options) {
  flags.group("CA");
  flags.option("--ca", "FILE", options.file, "the CA's handle or key file; without it the token is searched");
  flags.flag("-U,--ca-agent", options.agent, "the running ssh-agent signs; --ca names the CA's public key");
  flags.option("--provider", "PATH", options.provider, "use another provider library for the handle's token");
  declare_name(flags, options);
}

}  // namespace halligan::ca
