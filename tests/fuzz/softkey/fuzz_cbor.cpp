// Canonical CBOR: what is accepted re-encodes to the same bytes, and what is refused never reaches libcbor.
#include <cstdlib>

#include "softkey/cbor.hpp"

using namespace halligan;
using namespace halligan::softkey;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const auto item = Cbor::parse(input);
  if (item.has_value() != check_canonical(input).has_value()) std::abort();
  if (item && !same(item->encode(), input)) std::abort();
  return 0;
}
