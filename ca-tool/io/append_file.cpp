#include "io/append_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/codec.hpp"
#include "io/signals.hpp"

namespace halligan::io {
namespace {

Failure append_failure(const std::string& path, int error_number) {
  const bool missing = error_number == ENOENT || error_number == ENOTDIR;
  return fail(errno_error(missing ? Code::kNotFound : Code::kUnreachable, path, error_number));
}

// Whose file it may be: this user's and root's. Root works for the owner of a folder, too, as with sudo.
bool is_trusted(::uid_t owner, int folder) {
  if (owner == ::geteuid() || owner == 0) return true;
  struct stat around {};
  return ::geteuid() == 0 && ::fstat(folder, &around) == 0 && around.st_uid == owner;
}

Result<> check_kind(const std::string& path, const struct stat& status, int folder) {
  if (!S_ISREG(status.st_mode)) return fail(Code::kBadInput, path + " is not a file");
  if (!is_trusted(status.st_uid, folder)) {
    return fail(
        Code::kBadInput,
        path + " belongs to another user (uid " + std::to_string(status.st_uid) + "), who can change it",
        "chown it, or copy it to a file of your own");
  }
  if ((status.st_mode & 022) != 0) {
    return fail(Code::kBadInput, path + " may be written to by others", "chmod 600 " + printable(path));
  }
  return {};
}

// `told` becomes true once the person knows that it waits.
Result<> lock(const std::string& path, int fd, const std::function<void()>& waiting, bool& told) {
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return {};
  if (errno == EWOULDBLOCK && !told) {
    told = true;
    waiting();
  }
  while (::flock(fd, LOCK_EX) != 0) {
    if (errno != EINTR) return append_failure(path, errno);
  }
  return {};
}

// Does the name still stand for the file that was opened?
bool still_names(int folder, const std::string& name, const struct stat& opened) {
  struct stat now {};
  return ::fstatat(folder, name.c_str(), &now, AT_SYMLINK_NOFOLLOW) == 0 && now.st_ino == opened.st_ino &&
         now.st_dev == opened.st_dev;
}

}  // namespace

Result<AppendFile> AppendFile::open(const std::string& path, const std::function<void()>& waiting) {
  const std::size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  const std::string folder_path = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (name.empty() || name == "." || name == ".." || path.find('\0') != std::string::npos) {
    return fail(Code::kUsage, "\"" + printable(path) + "\" does not name a file");
  }
  Descriptor folder(::open(folder_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return append_failure(folder_path, errno);
  bool told = false;
  while (true) {
    const int flags = O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    Descriptor file(::openat(folder.get(), name.c_str(), flags, 0600));
    if (!file && errno == ELOOP)
      return fail(Code::kBadInput, path + " is a symbolic link", "name the file itself");
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) return append_failure(path, errno);
    HALLIGAN_CHECK(check_kind(path, status, folder.get()));
    HALLIGAN_CHECK(lock(path, file.get(), waiting, told));
    // Whoever had the lock may have put another file in its place.
    if (still_names(folder.get(), name, status)) {
      return AppendFile(path, std::move(folder), std::move(file));
    }
  }
}

Result<Bytes> AppendFile::read(std::size_t limit) const {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) return append_failure(path_, errno);
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > limit) {
    return fail(Code::kBadInput, path_ + " is larger than " + std::to_string(limit) + " bytes");
  }
  Bytes out(size);
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = ::pread(file_.get(), out.data() + have, size - have, static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return append_failure(path_, errno);
    if (got == 0) return fail(Code::kUnreachable, path_ + " became shorter while it was read");
    have += static_cast<std::size_t>(got);
  }
  return out;
}

Result<> AppendFile::write_and_sync(ByteView data) {
  while (!data.empty()) {
    const ssize_t written = ::write(file_.get(), data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return append_failure(path_, errno);
    data = data.subspan(static_cast<std::size_t>(written));
  }
  if (::fsync(file_.get()) != 0) return append_failure(path_, errno);
  // Some file systems have no fsync for folders and say EINVAL: then there is nothing to wait for.
  if (::fsync(folder_.get()) != 0 && errno != EINVAL) return append_failure(path_, errno);
  return {};
}

// By the whole path: the folder, too, may be another one by now.
Result<> AppendFile::check_in_place() const {
  struct stat opened {};
  if (::fstat(file_.get(), &opened) != 0) return append_failure(path_, errno);
  if (still_names(AT_FDCWD, path_, opened)) return {};
  return fail(Code::kUnreachable, path_ + " was taken away or replaced by another file meanwhile",
              "see what is there now, and run it again");
}

Result<> AppendFile::append(ByteView data) {
  const SignalHold hold;
  struct stat before {};
  if (::fstat(file_.get(), &before) != 0) return append_failure(path_, errno);
  HALLIGAN_CHECK(check_in_place());
  auto written = write_and_sync(data);
  if (written) written = check_in_place();
  if (written) return {};
  Error error = std::move(written).error();
  if (!cut(static_cast<std::size_t>(before.st_size))) error.message += ", and it could not be cut back";
  return fail(std::move(error));
}

Result<> AppendFile::cut(std::size_t size) {
  const SignalHold hold;
  if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0 || ::fsync(file_.get()) != 0) {
    return append_failure(path_, errno);
  }
  return {};
}

Result<Descriptor> lock_to_replace(const std::string& path, const std::function<void()>& waiting) {
  bool told = false;
  while (true) {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return Descriptor();
    HALLIGAN_CHECK(lock(path, file.get(), waiting, told));
    if (still_names(AT_FDCWD, path, status)) return file;
  }
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

}  // namespace halligan::io
