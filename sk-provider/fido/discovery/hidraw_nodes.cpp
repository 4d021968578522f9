#include "fido/discovery/hidraw_nodes.hpp"

#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "base/folder.hpp"
#include "base/reader.hpp"

namespace halligan::fido {
namespace {

constexpr std::size_t kLargestDescriptor = 4096;  // HID_MAX_DESCRIPTOR_SIZE of the kernel
constexpr std::uint8_t kLongItem = 0xfe;
constexpr std::uint8_t kWithoutSize = 0xfc;
constexpr std::uint8_t kUsagePage = 0x04;
constexpr std::uint32_t kFidoPage = 0xf1d0;

// Little-endian, as everything in USB.
std::uint32_t value_of(ByteView data) {
  std::uint32_t value = 0;
  for (std::size_t i = data.size(); i > 0; --i) value = value << 8 | data[i - 1];
  return value;
}

Bytes descriptor_of(const std::filesystem::path& device) {
  std::ifstream file(device / "report_descriptor", std::ios::binary);
  Bytes bytes(kLargestDescriptor);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

}  // namespace

bool is_security_key(ByteView report_descriptor) {
  Reader items(report_descriptor);
  while (items.left() > 0) {
    const auto prefix = items.u8();
    std::size_t size = *prefix & 3U;
    if (size == 3) size = 4;
    if (*prefix == kLongItem) {
      const auto long_size = items.u8();
      if (!long_size) return false;
      size = 1U + *long_size;  // with its tag
    }
    const auto data = items.take(size);
    if (!data) return false;
    if ((*prefix & kWithoutSize) == kUsagePage && value_of(*data) == kFidoPage) return true;
  }
  return false;
}

std::vector<std::string> inaccessible_nodes(const std::filesystem::path& hidraw,
                                            const std::filesystem::path& dev) {
  std::vector<std::string> nodes;
  const auto names = names_in(hidraw);
  if (!names) return nodes;  // no such folder: no token
  for (const std::string& name : *names) {
    const std::filesystem::path node = dev / name;
    if (::access(node.c_str(), R_OK | W_OK) == 0 || errno != EACCES) continue;
    if (is_security_key(descriptor_of(hidraw / name / "device"))) nodes.push_back(node);
  }
  return nodes;
}

}  // namespace halligan::fido
