#include "base/descriptor.hpp"

#include <cerrno>

#include "base/uninterrupted.hpp"

namespace halligan {

std::optional<std::string> read_all(const Descriptor& file, std::size_t limit) {
  std::string text(limit + 1, '\0');
  std::size_t size = 0;
  ssize_t got = 0;
  while (size < text.size()) {
    got = uninterrupted([&] { return ::read(file.get(), text.data() + size, text.size() - size); });
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (got < 0) return std::nullopt;
  if (size > limit) {
    errno = EFBIG;
    return std::nullopt;
  }
  text.resize(size);
  return text;
}

}  // namespace halligan
