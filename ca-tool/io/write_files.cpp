// A transaction over files, in this order: write every new file under a temporary name, move each to its
// name, sync every folder, remove the replaced files. A failure before the last step undoes the others in
// reverse.
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
#include "base/folder.hpp"
#include "base/uninterrupted.hpp"
#include "io/descriptor.hpp"
#include "io/files.hpp"
#include "io/folders.hpp"
#include "io/signals.hpp"

namespace halligan::io {
namespace {

Failure exists(const std::string& path) { return fail(Code::kExists, path + " exists"); }

// Held open, so that it does not matter what becomes of its path.
struct Folder {
  Descriptor fd;
  dev_t device = 0;
  ino_t inode = 0;
};

constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY;

Result<std::shared_ptr<Folder>> hold_folder(Descriptor opened, const std::string& path) {
  Folder out{.fd = std::move(opened)};
  struct stat status {};
  if (!out.fd || ::fstat(out.fd.get(), &status) != 0) return path_failure(path, errno);
  if (::faccessat(out.fd.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) return path_failure(path, errno);
  out.device = status.st_dev;
  out.inode = status.st_ino;
  return std::make_shared<Folder>(std::move(out));
}

struct Target {
  std::string path;
  std::string name;
  std::shared_ptr<Folder> folder;  // one for all files of a folder: there may be thousands
  std::string temporary{};         // the new file while it is not at its name
  Descriptor unnamed{};            // or it has no name at all yet
  std::string old{};               // where the replaced file is kept until the end
  bool placed = false;

  int folder_fd() const { return folder->fd.get(); }
};

Result<std::shared_ptr<Folder>> open_folder(const std::string& path) {
  return hold_folder(open_file(path, kOpenFolder), path);
}

using Folders = std::map<std::string, std::shared_ptr<Folder>>;

Result<Target> open_target(const std::string& path, Folders& folders) {
  HALLIGAN_TRY(SplitPath split, split_path(path));
  std::shared_ptr<Folder>& folder = folders[split.folder];
  if (folder == nullptr) {
    HALLIGAN_TRY(folder, open_folder(split.folder));
  }
  return Target{path, std::move(split.name), folder};
}

// Nothing of that name, or something that may be replaced.
Result<> check_target(const Target& target, Existing existing) {
  struct stat status {};
  if (::fstatat(target.folder_fd(), target.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? Result<>{} : path_failure(target.path, errno);
  }
  if (existing == Existing::kRefuse) return exists(target.path);
  if (!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode)) {
    return fail(Code::kExists, target.path + " exists and is not a file");
  }
  return {};
}

Result<std::vector<Target>> open_targets(std::span<const std::string> paths, Existing existing,
                                         Folders folders = {}) {
  std::vector<Target> out;
  std::set<std::tuple<dev_t, ino_t, std::string>> names;
  for (const std::string& path : paths) {
    HALLIGAN_TRY(Target target, open_target(path, folders));
    if (!names.emplace(target.folder->device, target.folder->inode, target.name).second) {
      return fail(Code::kUsage, "two files would have the same name: " + path);
    }
    HALLIGAN_CHECK(check_target(target, existing));
    out.push_back(std::move(target));
  }
  return out;
}

Result<std::string> temporary_name() {
  std::uint8_t raw[12];
  if (uninterrupted([&] { return ::getrandom(raw, sizeof raw, 0); }) < 0)  // up to 256 are never partial
    return fail(errno_error(Code::kUnreachable, "no random bytes for a file name", errno));
  return ".halligan-" + hex(raw);
}

class Transaction {
 public:
  explicit Transaction(std::vector<Target> targets) : entries_(std::move(targets)) {}
  ~Transaction() {
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) undo(*entry);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // A few files are synced one by one. Each of many would wait for the disk, and on a busy machine for its
  // turn, so their file systems are synced instead.
  Result<> stage(std::span<const NewFile> files) {
    constexpr std::size_t kFew = 16;
    const bool few = files.size() <= kFew;
    for (std::size_t i = 0; i < files.size(); ++i) {
      HALLIGAN_TRY(Descriptor fd, write_new(entries_[i], files[i]));
      if (few && !sync_file(fd.get())) return path_failure(files[i].path, errno);
      if (entries_[i].temporary.empty()) entries_[i].unnamed = std::move(fd);
    }
    // Since Linux 5.8 a write error is reported to descriptors opened before it, as the folders' were.
    return few ? Result<>{} : sync(true);
  }

  Result<> place(Existing existing) {
    for (Target& entry : entries_) {
      const int error_number = move_new(entry);
      if (error_number == 0) continue;
      if (error_number != EEXIST) return path_failure(entry.path, error_number);
      if (existing == Existing::kRefuse) return exists(entry.path);
      HALLIGAN_CHECK(replace(entry));
    }
    return {};
  }

  // Each folder, or each of their file systems, once.
  Result<> sync(bool file_systems) const {
    std::set<std::pair<dev_t, ino_t>> synced;
    for (const Target& entry : entries_) {
      const Folder& folder = *entry.folder;
      if (!synced.emplace(folder.device, file_systems ? 0 : folder.inode).second) continue;
      const bool done = file_systems ? uninterrupted([&] { return ::syncfs(folder.fd.get()); }) == 0
                                     : sync_folder(folder.fd.get());
      if (!done) return path_failure(entry.path, errno);
    }
    return {};
  }

  // From here on nothing is undone.
  void finish() {
    for (const Target& entry : entries_) {
      if (!entry.old.empty()) ::unlinkat(entry.folder_fd(), entry.old.c_str(), 0);
    }
    entries_.clear();
  }

 private:
  static Result<Descriptor> write_new(Target& entry, const NewFile& file) {
    // What only the owner may read has no name before all of it is there: nothing is left if we are killed.
    // Not for all files: each holds a descriptor until it is placed, and there may be thousands.
    const bool secret = (file.mode & 077) == 0;
    Descriptor fd;
    if (secret) fd = open_file_in(entry.folder_fd(), ".", O_WRONLY | O_TMPFILE, 0600);
    if (!fd) {
      HALLIGAN_TRY(std::string name, temporary_name());
      fd = open_file_in(entry.folder_fd(), name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
      if (!fd) return path_failure(file.path, errno);
      entry.temporary = std::move(name);  // from here on nothing may throw before undo() knows of it
    }
    if (::fchmod(fd.get(), file.mode) != 0) return path_failure(file.path, errno);
    if (!write_all(fd.get(), file.contents)) return path_failure(file.path, errno);
    return fd;
  }

  // Give a file that has no name yet this one. 0, or an errno.
  static int name_new(Target& entry, const std::string& name) {
    const std::string file = "/proc/self/fd/" + std::to_string(entry.unnamed.get());
    if (::linkat(AT_FDCWD, file.c_str(), entry.folder_fd(), name.c_str(), AT_SYMLINK_FOLLOW) != 0)
      return errno;
    entry.unnamed.reset();
    return 0;
  }

  // Where there are no hard links either (FAT by FUSE): an empty file takes the name, if that is free.
  static int move_over_empty(int folder, const char* from, const char* to) {
    if (!open_file_in(folder, to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600)) return errno;
    if (::renameat(folder, from, folder, to) == 0) return 0;
    const int error_number = errno;
    ::unlinkat(folder, to, 0);
    return error_number;
  }

  // 0, or an errno; EEXIST if there is something of that name.
  static int move_new(Target& entry) {
    const int folder = entry.folder_fd();
    if (entry.unnamed) {
      const int error_number = name_new(entry, entry.name);
      entry.placed = error_number == 0;
      return error_number;
    }
    const char* from = entry.temporary.c_str();
    const char* to = entry.name.c_str();
    if (::renameat2(folder, from, folder, to, RENAME_NOREPLACE) != 0) {
      if (errno != EINVAL && errno != ENOSYS) return errno;
      // This file system does not support the flag; a hard link refuses an existing name just as well.
      if (::linkat(folder, from, folder, to, 0) == 0) {
        ::unlinkat(folder, from, 0);
      } else if (errno != EPERM && errno != ENOSYS && errno != EOPNOTSUPP) {
        return errno;
      } else if (const int error_number = move_over_empty(folder, from, to); error_number != 0) {
        return error_number;
      }
    }
    entry.placed = true;
    entry.temporary.clear();
    return 0;
  }

  static Result<> replace(Target& entry) {
    HALLIGAN_CHECK(check_target(entry, Existing::kReplace));
    if (entry.unnamed) {
      HALLIGAN_TRY(std::string name, temporary_name());
      if (const int error_number = name_new(entry, name); error_number != 0)
        return path_failure(entry.path, error_number);
      entry.temporary = std::move(name);
    }
    const int folder = entry.folder_fd();
    const std::string& path = entry.path;
    if (::renameat2(folder, entry.temporary.c_str(), folder, entry.name.c_str(), RENAME_EXCHANGE) == 0) {
      entry.old = std::move(entry.temporary);
      entry.temporary.clear();
      entry.placed = true;
      return {};
    }
    if (errno != EINVAL && errno != ENOSYS) return path_failure(path, errno);
    // Not supported (FAT before Linux 6.0): move the old file aside first.
    HALLIGAN_TRY(std::string aside, temporary_name());
    if (::renameat(folder, entry.name.c_str(), folder, aside.c_str()) != 0) return path_failure(path, errno);
    entry.old = std::move(aside);
    const int error_number = move_new(entry);
    return error_number == 0 ? Result<>{} : path_failure(path, error_number);
  }

  static void undo(const Target& entry) {
    const int folder = entry.folder_fd();
    if (!entry.old.empty()) {
      // Over the new one, if it is there.
      ::renameat(folder, entry.old.c_str(), folder, entry.name.c_str());
    } else if (entry.placed) {
      ::unlinkat(folder, entry.name.c_str(), 0);
    }
    if (!entry.temporary.empty()) ::unlinkat(folder, entry.temporary.c_str(), 0);
  }

  std::vector<Target> entries_;
};

}  // namespace

Result<> check_new_files(std::span<const std::string> paths, Existing existing) {
  HALLIGAN_CHECK(open_targets(paths, existing));
  return {};
}

namespace {

Result<> write_into(std::span<const NewFile> files, Existing existing, Folders folders) {
  std::vector<std::string> paths;
  for (const NewFile& file : files) paths.push_back(file.path);
  HALLIGAN_TRY(std::vector<Target> targets, open_targets(paths, existing, std::move(folders)));
  const SignalHold hold;
  Transaction transaction(std::move(targets));
  HALLIGAN_CHECK(transaction.stage(files));
  HALLIGAN_CHECK(transaction.place(existing));
  HALLIGAN_CHECK(transaction.sync(false));
  transaction.finish();
  return {};
}

// A folder that was made just now, and is removed again, however its making ends before it is complete.
struct NewFolder {
  int above;
  const char* name;
  bool stays = false;

  ~NewFolder() {
    if (!stays) ::unlinkat(above, name, AT_REMOVEDIR);
  }
};

int make_private_folder(int above, const std::string& name) {
  const mode_t mask = ::umask(077);
  const int error_number = ::mkdirat(above, name.c_str(), 0700) == 0 ? 0 : errno;
  ::umask(mask);
  return error_number;
}

// FAT has one mode for all its folders, whatever mkdir asks for.
Result<mode_t> mode_of_private_folders(int above) {
  HALLIGAN_TRY(const std::string name, temporary_name());
  struct stat status {};
  if (const int error_number = make_private_folder(above, name); error_number != 0)
    return path_failure(name, error_number);
  const NewFolder probe{above, name.c_str()};
  if (::fstatat(above, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return path_failure(name, errno);
  return status.st_mode;
}

// Whoever may write to the folder above can exchange it.
Result<Descriptor> open_made(NewFolder& folder, const std::string& path) {
  Descriptor made = open_file_in(folder.above, folder.name, kOpenFolder | O_NOFOLLOW);
  struct stat status {};
  if (!made || ::fstat(made.get(), &status) != 0) return path_failure(path, errno);
  mode_t expected = S_IFDIR | 0700;
  if (status.st_mode != expected) {
    HALLIGAN_TRY(expected, mode_of_private_folders(folder.above).in(path));
  }
  if (status.st_uid == ::geteuid() && status.st_mode == expected) {
    HALLIGAN_TRY(const auto names, names_in("/proc/self/fd/" + std::to_string(made.get())).in(path));
    if (names.empty()) return made;
  }
  folder.stays = true;  // it is not ours
  return fail(Code::kBadInput, path + " was replaced in the meantime",
              "name a folder where nobody else may write");
}

}  // namespace

Result<> write_files(std::span<const NewFile> files, Existing existing) {
  return write_into(files, existing, {});
}

Result<> write_new_folder(const std::string& path, std::span<const NewFile> files) {
  HALLIGAN_TRY(const SplitPath split, split_path(path));
  const Descriptor above = open_file(split.folder, kOpenFolder);
  if (!above) return path_failure(split.folder, errno);
  const SignalHold hold;
  if (const int error_number = make_private_folder(above.get(), split.name); error_number != 0)
    return error_number == EEXIST ? exists(path) : path_failure(path, error_number);
  NewFolder made{above.get(), split.name.c_str()};
  if (!sync_folder(above.get())) return path_failure(path, errno);
  HALLIGAN_TRY(Descriptor opened, open_made(made, path));
  HALLIGAN_TRY(auto folder, hold_folder(std::move(opened), path));
  HALLIGAN_CHECK(write_into(files, Existing::kRefuse, {{".", std::move(folder)}}).in(path));
  made.stays = true;
  return {};
}

Result<> replace_link(const std::string& path, const std::string& target) {
  HALLIGAN_TRY(const SplitPath split, split_path(path));
  HALLIGAN_TRY(const std::string name, temporary_name());
  const Descriptor folder = open_file(split.folder, kOpenFolder);
  if (!folder) return path_failure(split.folder, errno);
  const SignalHold hold;
  if (::symlinkat(target.c_str(), folder.get(), name.c_str()) != 0) return path_failure(path, errno);
  if (::renameat(folder.get(), name.c_str(), folder.get(), split.name.c_str()) == 0) return {};
  const int error_number = errno;
  ::unlinkat(folder.get(), name.c_str(), 0);
  return path_failure(path, error_number);
}

}  // namespace halligan::io
