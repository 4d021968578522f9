#include "ca/options.hpp"

#include <limits>

#include "io/secret_input.hpp"

namespace halligan::ca {

const std::string& AuthorityOptions::application_or_default() const {
  static const std::string kDefault = kDefaultApplication;
  return application.empty() ? kDefault : application;
}

command::Flag& declare_secret_fd(command::Flags& flags, std::string_view name, std::optional<int>& into,
                                 const std::string& help) {
  command::Flag& flag = flags.number(name, "N", into, 0, std::numeric_limits<int>::max(), help);
  flag.take = [take = std::move(flag.take), &into](const std::string& text) -> Result<> {
    HALLIGAN_CHECK(take(text));
    return io::claim_descriptor(*into);
  };
  return flag;
}

void declare_device(command::Flags& flags, TokenOptions& options) {
  flags.group("Token");
  flags.option("--device", "PATH", options.device, "use only the token at PATH");
}

void declare(command::Flags& flags, TokenOptions& options) {
  declare_device(flags, options);
  declare_secret_fd(flags, "--pin-fd", options.pin_fd, "read the PIN from file descriptor N");
}

void declare_name(command::Flags& flags, AuthorityOptions& options) {
  flags.option("--application", "NAME", options.application, "the CA's application on the token")
      .shown_default(kDefaultApplication);
  flags.option("--user", "NAME", options.user, "the CA's user on the token").empty_too();
}

void declare_configuration(command::Flags& flags, std::string& file) {
  flags.option("--config", "FILE", file, "read FILE instead of the usual ones; none: nothing");
}

void declare(command::Flags& flags, AuthorityOptions& options) {
  flags.group("CA");
  flags.option("--ca", "FILE", options.file, "the CA: its handle or key file, or its name in halligan(5)");
  flags.flag("-U,--ca-agent", options.agent, "the running ssh-agent signs; --ca names the CA's public key");
  flags.option("--provider", "PATH", options.provider, "use another provider library for the handle's token");
  flags.option("--rsa-hash", "HASH", options.rsa_hash, "of an RSA CA's signature: sha512 (default) or sha256")
      .one_of({"sha512", "sha256"});
  declare_name(flags, options);
  declare_configuration(flags, options.configuration);
}

}  // namespace halligan::ca
