#include "cli/grant_options.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "cli/describe.hpp"
#include "io/clock.hpp"

namespace halligan::cli {

void GrantOptions::declare(CLI::App& app) {
  // One word behind each -n and -O: the next one may be a key file.
  app.add_option("-I", key_id, "key id, in every host's log: who, and why")->type_name("KEY_ID")->required();
  app.add_option("-n", principals, "accounts, separated by commas")
      ->type_name("NAMES")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->required();
  app.add_option("-V", validity, "validity, as ssh-keygen's")->type_name("FROM:TO")->capture_default_str();
  app.add_option("-O", letters, "certificate option, as ssh-keygen's")
      ->type_name("OPTION")
      ->allow_extra_args(false);
  app.add_option("-z", serial, "serial (default: Unix milliseconds)")->type_name("NUMBER");
}

Result<ca::Grant> GrantOptions::grant(ssh::CertificateType type) const {
  ca::Grant grant;
  grant.type = type;
  grant.key_id = key_id;
  grant.principals = principals;
  grant.serial = serial;
  auto interval = ssh::parse_validity(validity, io::unix_seconds());
  if (!interval) return fail(std::move(interval).error().in("-V"));
  grant.validity = *interval;
  auto options = ssh::parse_options(type, letters);
  if (!options) return fail(std::move(options).error().in("-O"));
  grant.options = *std::move(options);
  return grant;
}

void announce(const ssh::CertificateBody& body) {
  say(fmt::format("to be certified: {} for {}, from {} to {}", printable(body.key_id),
                  joined(body.principals), io::format_local(body.valid_after),
                  io::format_local(body.valid_before)));
}

}  // namespace halligan::cli
