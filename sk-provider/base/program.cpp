#include "base/program.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
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
    if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (::access(file.c_str(), X_OK) == 0) return file;
    error = EACCES;
  }
  return fail(errno_error(Code::kUnreachable, "cannot run " + name, error));
}

}  // namespace halligan
