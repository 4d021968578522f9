#include "token/transports.hpp"

#include "token/hid_transport.hpp"

namespace halligan::token {

std::unique_ptr<Transport> make_transport(const TokenPath& where, const Settings& settings,
                                          Presence* presence) {
  return std::make_unique<HidTransport>(where.name(), presence, settings.timeout);
}

}  // namespace halligan::token
