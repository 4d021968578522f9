// $XDG_RUNTIME_DIR/halligan/tokens: what is accepted is written as it was read, and names only what can be a
// device.
#include <cstdlib>

#include "base/bytes.hpp"
#include "fido/discovery/holder_cache.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = halligan::as_text({data, size});
  const auto entries = halligan::fido::parse_holder_cache(text);
  if (!entries) return 0;
  if (entries->size() > 64 || halligan::fido::write_holder_cache(*entries) != text) std::abort();
  for (const auto& entry : *entries) {
    if (entry.key.size() != 64 || entry.path.empty() || entry.path.front() != '/') std::abort();
    if (entry.path.find_first_of(" \n\r\x1b") != std::string::npos) std::abort();
  }
  return 0;
}
