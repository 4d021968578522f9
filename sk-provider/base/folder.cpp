#include "base/folder.hpp"

#include <dirent.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/codec.hpp"

namespace halligan {
namespace {

Failure cannot_list(const std::string& folder, int error_number) {
  const bool missing = error_number == ENOENT || error_number == ENOTDIR;
  const Code code = missing ? Code::kNotFound : Code::kUnreachable;
  return fail(errno_error(code, "cannot list " + printable(folder), error_number));
}

}  // namespace

Result<std::vector<std::string>> names_in(const std::string& folder) {
  struct Close {
    void operator()(DIR* listed) const { ::closedir(listed); }
  };
  std::unique_ptr<DIR, Close> listed;
  do {
    listed.reset(::opendir(folder.c_str()));
  } while (listed == nullptr && errno == EINTR);
  if (listed == nullptr) return cannot_list(folder, errno);
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* const entry = ::readdir(listed.get());
    if (entry == nullptr && errno == 0) break;
    if (entry == nullptr && errno != EINTR) return cannot_list(folder, errno);
    if (entry == nullptr) continue;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace halligan
