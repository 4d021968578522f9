// Who attests a key on a token, by the certificate that the token sent.
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan::crypto {

struct Attester {
  std::string issuer;  ///< a distinguished name as RFC 2253 writes it; from a stranger
  bool self_signed;    ///< by the key in it: anybody can make such a certificate
};

/// Nothing is compared with a maker's root certificate. @param der X.509. @errors kBadInput
Result<Attester> read_attester(ByteView der);

}  // namespace halligan::crypto
