// The two ways in which sshd trusts a certificate, and the one for a key.
#pragma once

#include "explain/decision.hpp"

namespace halligan::explain {

/// What the steps look at.
struct Case {
  const trust::Facts& facts;
  const trust::Account& account;
  const Setting& setting;
  const Subject& subject;
  const Login& login;
  unsigned version;  ///< 902 for 9.2
};

/// What a route has decided. `forced` is whether a command is forced, by the certificate or the line.
struct Route {
  Step step;
  bool forced = false;
  bool other = false;  ///< nothing in it is about this key: the next route is asked
};

Route authorized_keys_route(const Case& asked);
Route trusted_ca_route(const Case& asked);

}  // namespace halligan::explain
