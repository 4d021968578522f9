#include "io/append_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/codec.hpp"
#include "base/uninterrupted.hpp"
#include "io/descriptor.hpp"
#include "io/folders.hpp"
#include "io/ownership.hpp"
#include "io/signals.hpp"

namespace halligan::io {
namespace {

// `announced` becomes true once the user knows that it waits.
Result<> lock(const std::string& path, int fd, const std::function<void()>& waiting, bool& announced) {
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return {};
  if (errno == EWOULDBLOCK && !announced) {
    announced = true;
    waiting();
  }
  while (::flock(fd, LOCK_EX) != 0) {
    if (errno != EINTR) return path_failure(path, errno);
  }
  return {};
}

// Does the name still refer to the file that was opened? If not, errno is 0 or says why that is not known.
bool still_names(int folder, const char* name, const struct stat& opened) {
  struct stat now {};
  const bool there = ::fstatat(folder, name, &now, AT_SYMLINK_NOFOLLOW) == 0;
  if (there || errno == ENOENT || errno == ENOTDIR) errno = 0;
  return there && now.st_ino == opened.st_ino && now.st_dev == opened.st_dev;
}

}  // namespace

Result<AppendFile> AppendFile::open(const std::string& path, const std::function<void()>& waiting) {
  HALLIGAN_TRY(const SplitPath split, split_path(path));
  const std::string& name = split.name;
  Descriptor folder = open_file(split.folder, O_RDONLY | O_DIRECTORY);
  if (!folder) return path_failure(split.folder, errno);
  bool announced = false;
  while (true) {
    constexpr int kFlags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
    Descriptor file = open_file_in(folder.get(), name, kFlags);
    const bool made = !file && errno == ENOENT;
    if (made) file = open_file_in(folder.get(), name, kFlags | O_CREAT | O_EXCL, 0600);
    if (made && !file && errno == EEXIST) continue;
    if (!file && errno == ELOOP)
      return fail(Code::kBadInput, path + " is a symbolic link", "name the file that it points to");
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) return path_failure(path, errno);
    HALLIGAN_CHECK(check_ours(path, status, folder.get()));
    HALLIGAN_CHECK(lock(path, file.get(), waiting, announced));
    // Whoever held the lock may have replaced the file.
    if (still_names(folder.get(), name.c_str(), status)) {
      return AppendFile(path, std::move(folder), std::move(file), made);
    }
    if (errno != 0) return path_failure(path, errno);
  }
}

Result<Bytes> AppendFile::read(std::size_t limit) const {
  if (::lseek(file_.get(), 0, SEEK_SET) != 0) return path_failure(path_, errno);
  Bytes out;
  HALLIGAN_CHECK(read_to_end(file_.get(), path_, out, limit));
  return out;
}

Result<> AppendFile::write_and_sync(ByteView data) {
  const bool synced = write_all(file_.get(), data) && sync_file(file_.get()) && sync_folder(folder_.get());
  return synced ? Result<>{} : path_failure(path_, errno);
}

// Whoever waits for the lock sees that the name is another file's, or nobody's, and opens it again.
AppendFile::~AppendFile() {
  struct stat status {};
  if (!made_ || !file_ || ::fstat(file_.get(), &status) != 0 || status.st_size != 0) return;
  const std::size_t slash = path_.rfind('/');
  const char* name = path_.c_str() + (slash == std::string::npos ? 0 : slash + 1);
  if (still_names(folder_.get(), name, status)) ::unlinkat(folder_.get(), name, 0);
}

// By the whole path: the folder may have been replaced, too.
Result<> AppendFile::check_in_place() const {
  struct stat opened {};
  if (::fstat(file_.get(), &opened) != 0) return path_failure(path_, errno);
  if (still_names(AT_FDCWD, path_.c_str(), opened)) return {};
  if (errno != 0) return path_failure(path_, errno);
  return fail(Code::kUnreachable, path_ + " was removed or replaced in the meantime",
              "check what is there now, and run it again");
}

Result<> AppendFile::append(ByteView data) {
  const SignalHold hold;
  struct stat before {};
  if (::fstat(file_.get(), &before) != 0) return path_failure(path_, errno);
  HALLIGAN_CHECK(check_in_place());
  auto written = write_and_sync(data);
  if (written) written = check_in_place();
  if (written) {
    made_ = false;
    return {};
  }
  Error error = std::move(written).error();
  if (!cut(static_cast<std::size_t>(before.st_size)))
    error.message += ", and the partial write could not be undone";
  return fail(std::move(error));
}

Result<> AppendFile::cut(std::size_t size) {
  const SignalHold hold;
  const bool done = uninterrupted([&] { return ::ftruncate(file_.get(), static_cast<off_t>(size)); }) == 0 &&
                    sync_file(file_.get());
  return done ? Result<>{} : path_failure(path_, errno);
}

Result<Descriptor> lock_to_replace(const std::string& path, const std::function<void()>& waiting) {
  bool announced = false;
  while (true) {
    Descriptor file = open_file(path, O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
    struct stat status {};
    if (!file && (errno == ENOENT || errno == ELOOP || errno == EACCES)) return Descriptor();
    if (!file || ::fstat(file.get(), &status) != 0) return path_failure(path, errno);
    if (!S_ISREG(status.st_mode)) return Descriptor();
    HALLIGAN_CHECK(lock(path, file.get(), waiting, announced));
    if (still_names(AT_FDCWD, path.c_str(), status)) return file;
    if (errno != 0) return path_failure(path, errno);
  }
}

}  // namespace halligan::io
