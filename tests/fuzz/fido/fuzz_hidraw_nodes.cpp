// HID report descriptors, which any USB device may invent: a security key's contains its usage page.
#include <algorithm>
#include <cstdlib>

#include "fido/discovery/hidraw_nodes.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::uint8_t kPage[] = {0xd0, 0xf1};
  const bool found = halligan::fido::is_security_key({data, size});
  if (found && std::search(data, data + size, std::begin(kPage), std::end(kPage)) == data + size)
    std::abort();
  return 0;
}
