// /etc/ssh/halligan.conf: what is accepted names absolute paths, readers of cards and times in range.
#include <cstdlib>

#include "base/bytes.hpp"
#include "fido/discovery/settings.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto settings = halligan::fido::parse_settings(halligan::as_text({data, size}));
  if (!settings) return 0;
  for (const std::string& path : settings->devices) {
    const bool card =
        path.starts_with(halligan::fido::kCardPrefix) && path.size() > halligan::fido::kCardPrefix.size();
    if (!card && !path.starts_with('/')) std::abort();
  }
  if (settings->timeout.count() < 1 || settings->timeout > halligan::fido::kLongestTimeout) std::abort();
  if (settings->grace.count() < 0 || settings->grace > halligan::fido::kLongestTimeout) std::abort();
  return 0;
}
