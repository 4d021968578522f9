#include "fido/transport/transports.hpp"

#include "fido/transport/card_transport.hpp"
#include "fido/transport/hid_transport.hpp"

namespace halligan::fido {

std::unique_ptr<Transport> make_transport(const TokenPath& where, const Settings& settings,
                                          Presence* presence) {
  if (const auto reader = reader_of(where.path)) {
    return std::make_unique<CardTransport>(where.name(), std::string(*reader), presence, settings.timeout);
  }
  return std::make_unique<HidTransport>(where.name(), presence, settings.timeout);
}

}  // namespace halligan::fido
