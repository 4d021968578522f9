// A transaction over files, in this order: every new file complete under a temporary name, every move, every
// folder synced, then the replaced files dropped. Whatever fails before the last step is undone in reverse.
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "base/codec.hpp"
#include "io/descriptor.hpp"
#include "io/files.hpp"
#include "io/signals.hpp"

namespace halligan::io {
namespace {

Failure failed(const std::string& what, int error_number) {
  const bool missing = error_number == ENOENT || error_number == ENOTDIR;
  return fail(errno_error(missing ? Code::kNotFound : Code::kUnreachable, what, error_number));
}

Failure exists(const std::string& path) { return fail(Code::kExists, path + " exists"); }

// Held open, so that what happens to the path meanwhile does not matter.
struct Folder {
  Descriptor fd;
  dev_t device = 0;
  ino_t inode = 0;
};

Result<std::shared_ptr<Folder>> open_folder(const std::string& path) {
  Folder out;
  out.fd = Descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status {};
  if (!out.fd || ::fstat(out.fd.get(), &status) != 0) return failed(path, errno);
  if (::faccessat(out.fd.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) return failed(path, errno);
  out.device = status.st_dev;
  out.inode = status.st_ino;
  return std::make_shared<Folder>(std::move(out));
}

struct Target {
  std::string path;
  std::string name;
  std::shared_ptr<Folder> folder;  // one for all files of a folder: there may be thousands

  int folder_fd() const { return folder->fd.get(); }
};

using Folders = std::map<std::string, std::shared_ptr<Folder>>;

Result<Target> open_target(const std::string& path, Folders& folders) {
  const std::size_t slash = path.rfind('/');
  Target out;
  out.path = path;
  out.name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (out.name.empty() || out.name == "." || out.name == ".." || path.find('\0') != std::string::npos) {
    return fail(Code::kUsage, "\"" + printable(path) + "\" does not name a file");
  }
  const std::string name = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  std::shared_ptr<Folder>& folder = folders[name];
  if (folder == nullptr) {
    HALLIGAN_TRY(folder, open_folder(name));
  }
  out.folder = folder;
  return out;
}

// Nothing of that name, or something that may be replaced.
Result<> check_target(const Target& target, Existing existing) {
  struct stat status {};
  if (::fstatat(target.folder_fd(), target.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? Result<>{} : failed(target.path, errno);
  }
  if (existing == Existing::kRefuse) return exists(target.path);
  if (!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode)) {
    return fail(Code::kExists, target.path + " exists and is not a file");
  }
  return {};
}

Result<std::vector<Target>> open_targets(std::span<const std::string> paths, Existing existing) {
  std::vector<Target> out;
  Folders folders;
  std::set<std::tuple<dev_t, ino_t, std::string>> names;
  for (const std::string& path : paths) {
    HALLIGAN_TRY(Target target, open_target(path, folders));
    if (!names.emplace(target.folder->device, target.folder->inode, target.name).second) {
      return fail(Code::kUsage, "two files would have the name " + path);
    }
    HALLIGAN_CHECK(check_target(target, existing));
    out.push_back(std::move(target));
  }
  return out;
}

Result<std::string> temporary_name() {
  std::uint8_t raw[12];
  if (::getrandom(raw, sizeof raw, 0) != static_cast<ssize_t>(sizeof raw)) {
    return fail(Code::kInternal, "no random bytes for a file name");
  }
  return ".halligan-" + hex(raw);
}

Result<> write_all(int fd, ByteView data, const std::string& path) {
  while (!data.empty()) {
    const ssize_t written = ::write(fd, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed(path, errno);
    data = data.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

class Transaction {
 public:
  explicit Transaction(std::vector<Target> targets) {
    for (Target& target : targets) entries_.push_back({std::move(target), {}, {}, {}});
  }
  ~Transaction() {
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) undo(*entry);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // Few files are synced each by itself. Of many each would wait for the disk, and for its turn on a busy
  // machine, so their file system is synced at once.
  Result<> stage(std::span<const NewFile> files) {
    constexpr std::size_t kFew = 16;
    const bool few = files.size() <= kFew;
    for (std::size_t i = 0; i < files.size(); ++i) {
      HALLIGAN_TRY(const Descriptor fd, write_new(entries_[i], files[i]));
      if (few && ::fsync(fd.get()) != 0) return failed(files[i].path, errno);
    }
    return few ? Result<>{} : sync_file_systems();
  }

  Result<> place(Existing existing) {
    for (Entry& entry : entries_) {
      const int error_number = move_new(entry);
      if (error_number == 0) continue;
      if (error_number != EEXIST) return failed(entry.target.path, error_number);
      if (existing == Existing::kRefuse) return exists(entry.target.path);
      HALLIGAN_CHECK(replace(entry));
    }
    return {};
  }

  Result<> sync_folders() const {
    std::set<std::pair<dev_t, ino_t>> synced;
    for (const Entry& entry : entries_) {
      const Folder& folder = *entry.target.folder;
      if (!synced.emplace(folder.device, folder.inode).second) continue;
      // Some file systems have no fsync for folders and say EINVAL: then there is nothing to wait for.
      if (::fsync(folder.fd.get()) != 0 && errno != EINVAL) return failed(entry.target.path, errno);
    }
    return {};
  }

  // From here on nothing is undone.
  void finish() {
    for (const Entry& entry : entries_) {
      if (!entry.old.empty()) ::unlinkat(entry.target.folder_fd(), entry.old.c_str(), 0);
    }
    entries_.clear();
  }

 private:
  struct Entry {
    Target target;
    std::string temporary;  // the new file while it is not at its name
    std::string old;        // where the replaced file is kept until the end
    bool placed = false;
  };

  // What was not written is reported to descriptors that were open before it (Linux 5.8), as the folders'
  // were.
  Result<> sync_file_systems() const {
    std::set<dev_t> synced;
    for (const Entry& entry : entries_) {
      const Folder& folder = *entry.target.folder;
      if (!synced.insert(folder.device).second) continue;
      if (::syncfs(folder.fd.get()) != 0) return failed(entry.target.path, errno);
    }
    return {};
  }

  static Result<Descriptor> write_new(Entry& entry, const NewFile& file) {
    HALLIGAN_TRY(const std::string name, temporary_name());
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    Descriptor fd(::openat(entry.target.folder_fd(), name.c_str(), flags, 0600));
    if (!fd) return failed(file.path, errno);
    entry.temporary = name;
    if (::fchmod(fd.get(), file.mode) != 0) return failed(file.path, errno);
    HALLIGAN_CHECK(write_all(fd.get(), file.contents, file.path));
    return fd;
  }

  // 0, or an errno; EEXIST if there is something of that name.
  static int move_new(Entry& entry) {
    const int folder = entry.target.folder_fd();
    const char* from = entry.temporary.c_str();
    const char* to = entry.target.name.c_str();
    if (::renameat2(folder, from, folder, to, RENAME_NOREPLACE) != 0) {
      if (errno != EINVAL && errno != ENOSYS) return errno;
      // This file system cannot rename so; a hard link refuses an existing name just as well.
      if (::linkat(folder, from, folder, to, 0) != 0) return errno;
      ::unlinkat(folder, from, 0);
    }
    entry.placed = true;
    entry.temporary.clear();
    return 0;
  }

  static Result<> replace(Entry& entry) {
    HALLIGAN_CHECK(check_target(entry.target, Existing::kReplace));
    const int folder = entry.target.folder_fd();
    const std::string& path = entry.target.path;
    if (::renameat2(folder, entry.temporary.c_str(), folder, entry.target.name.c_str(), RENAME_EXCHANGE) ==
        0) {
      entry.old = std::move(entry.temporary);
      entry.temporary.clear();
      entry.placed = true;
      return {};
    }
    if (errno != EINVAL && errno != ENOSYS) return failed(path, errno);
    // No exchange here (FAT before Linux 6.0): the old file steps aside first.
    HALLIGAN_TRY(const std::string aside, temporary_name());
    if (::renameat(folder, entry.target.name.c_str(), folder, aside.c_str()) != 0) return failed(path, errno);
    entry.old = aside;
    const int error_number = move_new(entry);
    return error_number == 0 ? Result<>{} : failed(path, error_number);
  }

  static void undo(const Entry& entry) {
    const int folder = entry.target.folder_fd();
    if (!entry.old.empty()) {
      ::renameat(folder, entry.old.c_str(), folder,
                 entry.target.name.c_str());  // over the new one, if it is there
    } else if (entry.placed) {
      ::unlinkat(folder, entry.target.name.c_str(), 0);
    }
    if (!entry.temporary.empty()) ::unlinkat(folder, entry.temporary.c_str(), 0);
  }

  std::vector<Entry> entries_;
};

}  // namespace

Result<> check_new_files(std::span<const std::string> paths, Existing existing) {
  HALLIGAN_CHECK(open_targets(paths, existing));
  return {};
}

Result<> write_files(std::span<const NewFile> files, Existing existing) {
  std::vector<std::string> paths;
  for (const NewFile& file : files) paths.push_back(file.path);
  HALLIGAN_TRY(std::vector<Target> targets, open_targets(paths, existing));
  const SignalHold hold;
  Transaction transaction(std::move(targets));
  HALLIGAN_CHECK(transaction.stage(files));
  HALLIGAN_CHECK(transaction.place(existing));
  HALLIGAN_CHECK(transaction.sync_folders());
  transaction.finish();
  return {};
}

}  // namespace halligan::io
