#include "io/ownership.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/codec.hpp"
#include "io/descriptor.hpp"

namespace halligan::io {
namespace {

bool is_trusted(::uid_t owner, int folder) {
  if (owner == ::geteuid() || owner == 0) return true;
  struct stat around {};
  return ::geteuid() == 0 && ::fstat(folder, &around) == 0 && around.st_uid == owner;
}

bool is_safe(const struct stat& folder) {
  const bool owned = folder.st_uid == ::geteuid() || folder.st_uid == 0;
  return owned && ((folder.st_mode & 022) == 0 || (folder.st_mode & S_ISVTX) != 0);
}

}  // namespace

Result<> check_ours(const std::string& path, const struct stat& status, int folder) {
  if (!S_ISREG(status.st_mode)) return fail(Code::kBadInput, path + " is not a regular file");
  if (!is_trusted(status.st_uid, folder)) {
    return fail(
        Code::kBadInput,
        path + " belongs to another user (uid " + std::to_string(status.st_uid) + "), who can change it",
        "make it yours with chown, or copy it to a file of your own");
  }
  if ((status.st_mode & 022) != 0) {
    return fail(Code::kBadInput, path + " is writable by others", "chmod go-w " + shell_word(path));
  }
  return {};
}

Result<> check_program(const std::string& path) {
  struct stat status {};
  // In a user namespace that does not map the machine's root nothing can be said of owners.
  if (::geteuid() != 0 || ::stat("/", &status) != 0 || status.st_uid != 0) return {};
  std::error_code error;
  for (auto at = std::filesystem::canonical(path, error); !error; at = at.parent_path()) {
    if (::stat(at.c_str(), &status) != 0) return path_failure(path, errno);
    const bool shared = (status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0;
    if (status.st_uid != 0 || shared) {
      return fail(
          Code::kBadInput,
          "will not run " + printable(path) + " as root: another user may change " + printable(at.native()),
          "put its folder after the system's in PATH");
    }
    if (at == at.root_path()) return {};
  }
  return path_failure(path, error.value());
}

// From the root down, each by a descriptor of the one above: what was looked at is what is used.
Result<std::string> safe_folder(const std::string& path) {
  std::error_code error;
  const auto whole = std::filesystem::canonical(path, error);
  if (error) return path_failure(path, error.value());
  Descriptor at = open_file("/", O_PATH | O_DIRECTORY);
  if (!at) return path_failure("/", errno);
  for (auto part = whole.begin(); part != whole.end(); ++part) {
    const char* name = part == whole.begin() ? "." : part->c_str();
    Descriptor next = open_file_in(at.get(), name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    struct stat status {};
    if (!next || ::fstat(next.get(), &status) != 0) return path_failure(path, errno);
    if (!is_safe(status)) {
      return fail(Code::kBadInput, "another user may change " + printable(path),
                  "name a folder of your own that nobody else may write to");
    }
    at = std::move(next);
  }
  return whole.string();
}

}  // namespace halligan::io
