// The text of halligan(5): what is understood can be asked for each CA, and names the place of each value.
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "ca/configuration.hpp"

using namespace halligan;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A file in memory, which is ours alone as the real one must be.
  static const int fd = ::memfd_create("config", MFD_CLOEXEC);
  static const std::string path = "/proc/self/fd/" + std::to_string(fd);
  if (fd < 0 || ::fchmod(fd, 0600) != 0 || ::ftruncate(fd, 0) != 0 ||
      ::pwrite(fd, data, size, 0) != static_cast<ssize_t>(size)) {
    std::abort();
  }
  const auto configuration = ca::Configuration::load(path);
  if (!configuration) {
    if (configuration.error().message.find('\n') != std::string::npos) std::abort();
    return 0;
  }
  for (const std::string& name : configuration->names()) {
    if (!configuration->has(name)) std::abort();
    const ca::ConfiguredCa found = configuration->find(name);
    if (found.name != name) std::abort();
    for (const ca::CaKeyword& keyword : ca::ca_keywords()) {
      const auto& setting = found.*keyword.into;
      if (setting && (setting->line == 0 || setting->file.empty())) std::abort();
      if (setting && keyword.file && !setting->value.starts_with('/')) std::abort();
    }
  }
  static_cast<void>(configuration->default_ca());
  return 0;
}
