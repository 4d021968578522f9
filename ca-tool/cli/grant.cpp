#include "cli/grant.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "cli/describe.hpp"
#include "io/clock.hpp"

namespace halligan::cli {

Result<ca::Grant> make_grant(const GrantOptions& options, ssh::CertificateType type) {
  ca::Grant grant;
  grant.type = type;
  grant.key_id = options.key_id;
  grant.principals = options.principals;
  grant.serial = options.serial;
  auto interval = ssh::parse_validity(options.validity, io::unix_seconds());
  if (!interval) return fail(std::move(interval).error().in("-V"));
  grant.validity = *interval;
  auto set = ssh::parse_options(type, options.letters);
  if (!set) return fail(std::move(set).error().in("-O"));
  grant.options = *std::move(set);
  return grant;
}

void announce(const ssh::CertificateBody& body) {
  say(fmt::format("to be certified: {} for {}, from {} to {}", printable(body.key_id),
                  joined(body.principals), io::format_local(body.valid_after),
                  io::format_local(body.valid_before)));
}

}  // namespace halligan::cli
