#include "base/program.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

namespace halligan {

Result<std::string> find_program(const std::string& name) {
  std::vector<std::string> files;
  if (name.find('/') != std::string::npos) files.push_back(name);
  const char* path = std::getenv("PATH");
  std::istringstream folders(files.empty() && path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');)
    files.push_back((folder.empty() ? "." : folder) + "/" + name);
  int error = ENOENT;
  for (const std::string& file : files) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
      if (errno != ENOENT && errno != ENOTDIR) error = errno;
      if (errno == EIO || errno == ENOMEM)
        break;  // it may be there: another of this name is not what was meant
      continue;
    }
    if (!S_ISREG(status.st_mode)) continue;
    if (::access(file.c_str(), X_OK) == 0) return file;
    error = EACCES;
  }
  return fail(errno_error(Code::kUnreachable, "cannot run " + name, error));
}

Result<std::vector<std::string>> loaded_files() {
  const auto here = reinterpret_cast<std::uintptr_t>(&loaded_files);
  std::string own;
  std::set<std::string> others;
  const std::string source = "/proc/self/maps";
  errno = 0;
  std::ifstream maps(source);
  // proc(5): "first-last rwxp offset device inode   path"
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::uintptr_t first = 0;
    std::uintptr_t last = 0;
    char dash = '\0';
    std::string rights;
    std::string skipped;
    std::string path;
    words >> std::hex >> first >> dash >> last >> rights >> skipped >> skipped >> skipped >> std::ws;
    if (!std::getline(words, path) || path.front() != '/' || rights.find('x') == std::string::npos) continue;
    if (first <= here && here < last) {
      own = path;
    } else {
      others.insert(path);
    }
  }
  if (!maps.is_open() || maps.bad()) {
    const int error = errno != 0 ? errno : EIO;
    return fail(errno_error(error == ENOENT ? Code::kNotFound : Code::kUnreachable, source, error));
  }
  if (own.empty()) return fail(Code::kUnreachable, source + " does not say which file this program is");
  std::vector<std::string> files{own};
  files.insert(files.end(), others.begin(), others.end());
  return files;
}

}  // namespace halligan
