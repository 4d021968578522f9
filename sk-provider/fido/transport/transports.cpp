#include "token/transports.hpp"

#include "token/card_transport.hpp"
#include "token/hid_transport.hpp"

namespace halligan::token {

std::unique_ptr<Transport> make_transport(const TokenPath& where, const Settings& settings,
                                          Presence* presence) {
  if (const auto reader = reader_of(where.path)) {
    return std::make_unique<CardTransport>(where.name(), std::string(*reader), presence, settings.timeout);
  }
  return std::make_unique<HidTransport>(where.name(), presence, settings.timeout);
}

}  // namespace halligan::token
