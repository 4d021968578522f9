#include "io/folders.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "io/descriptor.hpp"

namespace halligan::io {

Result<SplitPath> split_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  SplitPath out{".", path.substr(slash + 1)};  // npos + 1 is 0
  if (slash != std::string::npos) out.folder = slash == 0 ? "/" : path.substr(0, slash);
  if (out.name.empty() || out.name == "." || out.name == ".." || path.find('\0') != std::string::npos) {
    return fail(Code::kUsage, "\"" + printable(path) + "\" does not name a file");
  }
  return out;
}

Result<Kind> kind_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0)
    return S_ISREG(status.st_mode) ? Kind::kFile : S_ISDIR(status.st_mode) ? Kind::kFolder : Kind::kOther;
  if (errno == ENOENT || errno == ENOTDIR) return Kind::kNothing;
  return path_failure(path, errno);
}

Result<> make_private_folders(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
      return fail(errno_error(Code::kUnreachable, folder, errno));
    }
    if (slash == std::string::npos) return {};
  }
}

Result<std::unique_ptr<ScratchFolder>> ScratchFolder::make() {
  std::unique_ptr<ScratchFolder> made(new ScratchFolder);
  HALLIGAN_TRY(made->inbox_, made->hold_.inbox());
  std::error_code unknown;
  const std::string above = std::filesystem::temp_directory_path(unknown).string();
  if (unknown) return fail(Code::kUnreachable, "no folder for temporary files: " + unknown.message());
  std::string path = above + "/halligan.XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return fail(errno_error(Code::kUnreachable, printable(path), errno));
  made->path_ = std::move(path);
  return made;
}

namespace {

// Not std::filesystem::remove_all(): there may be no memory left, and one descriptor for each folder.
void remove_contents(int folder) {
  alignas(dirent64) std::array<char, 4096> names;
  for (ssize_t size = 0; (size = ::getdents64(folder, names.data(), names.size())) > 0;) {
    for (ssize_t at = 0; at < size;) {
      const auto* each = reinterpret_cast<const dirent64*>(names.data() + at);
      const char* const name = each->d_name;
      at += each->d_reclen;
      if (std::string_view(name) == "." || std::string_view(name) == "..") continue;
      if (::unlinkat(folder, name, 0) == 0 || errno != EISDIR) continue;
      const Descriptor below(::openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (below) remove_contents(below.get());
      ::unlinkat(folder, name, AT_REMOVEDIR);
    }
  }
}

}  // namespace

ScratchFolder::~ScratchFolder() {
  if (path_.empty()) return;
  inbox_.reset();
  int error_number = 0;
  for (int tries = 0; tries < 3; ++tries) {  // what makes it fail once may be over
    if (::rmdir(path_.c_str()) == 0) return;
    error_number = errno;
    const Descriptor folder(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (folder) remove_contents(folder.get());
  }
  if (error_number == ENOENT) return;
  say(errno_error(Code::kUnreachable, "cannot remove " + printable(path_), error_number).message,
      "remove it: rm -r " + shell_word(path_));
}

std::optional<std::string> base_folder(const char* variable, std::string_view below) {
  const auto absolute = [](const char* name) {
    const char* value = ::secure_getenv(name);
    return value != nullptr && *value == '/' ? std::optional<std::string>(value) : std::nullopt;
  };
  if (auto own = absolute(variable)) return own;
  if (const auto home = absolute("HOME")) return *home + "/" + std::string(below);
  return std::nullopt;
}

// Some file systems do not support it and return EINVAL: there is nothing to wait for then.
bool sync_folder(int fd) { return sync_file(fd) || errno == EINVAL; }

}  // namespace halligan::io
