// DER signatures from a token: what is accepted has the sizes that the sk-api promises.
#include <cstdlib>

#include "ctap/auth_data.hpp"
#include "ctap/ecdsa_signature.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto signature = halligan::ctap::parse_ecdsa_signature({data, size});
  if (signature) {
    for (const auto* part : {&signature->r, &signature->s}) {
      if (part->empty() || part->size() > 32 || part->front() == 0) std::abort();
    }
    if (size > 72) std::abort();
  }
  (void)halligan::ctap::is_for_application({data, size}, "ssh:");
  return 0;
}
