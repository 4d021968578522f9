// Files: read up to a limit, written all or none.
#pragma once

#include <sys/types.h>
#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "io/descriptor.hpp"

namespace halligan::io {

/// Does it contain a private key in a form that is recognizable: OpenSSH's, PEM or PuTTY's?
bool holds_private_key(std::string_view text);

/// A whole regular file, pipe or terminal ("/dev/stdin" works), never a folder or a device.
/// @param limit bytes; one more is an error
/// @errors kNotFound (no such file) · kUnreachable (cannot be read) · kBadInput (too large, not a file)
Result<Bytes> read_file(const std::string& path, std::size_t limit);

/// A file that decides what may be done: a regular file that only this user or root can change, see
/// check_ours(). A link is followed; what counts is the file.
/// @errors as read_file() · kBadInput (of another user, writable by others)
Result<Bytes> read_trusted_file(const std::string& path, std::size_t limit);

/// Do both exist, and are they the same file, under whatever names or links? @errors kUnreachable
Result<bool> same_file(const std::string& a, const std::string& b);

/// Who may be able to read a file.
enum class Readers { kOwner, kAnybody };

/// A private key file into a wiped buffer. Like ssh, it refuses a private key of ours that group or others
/// may read, unless nothing secret in it will be used. Other contents are returned for the caller to reject.
/// @errors as read_file · kBadInput (permissions too open, with a hint)
Result<KeyText> read_secret_file(const std::string& path, Readers readers = Readers::kOwner);

/// A file, pipe, socket or terminal that is read from front to back; never a folder or a device.
class InputFile {
 public:
  /// @param path "-" is standard input
  /// @errors as read_file
  static Result<InputFile> open(const std::string& path);

  /// Waits until there is something. @return 0 at the end. @errors kUnreachable
  Result<std::size_t> read(std::span<std::uint8_t> out);
  /// Would read() return at once?
  bool ready() const;
  /// Read until `out` is full or the end comes. @return how much there is
  Result<std::size_t> fill(std::span<std::uint8_t> out);
  /// Read and discard what comes until nothing has come for that long.
  Result<> forget_pending(std::chrono::milliseconds quiet);
  /// Append all that is left. @param limit of `out`, what it holds already included
  Result<> read_rest(Bytes& out, std::size_t limit);

 private:
  InputFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Descriptor fd_;
  std::string path_;
};

/// What to do when the file exists.
enum class Existing {
  kRefuse,   ///< kExists, and the file that is there is not touched, however late it appears
  kReplace,  ///< atomically; a symbolic link itself is replaced, not what it points to
};

struct NewFile {
  std::string path;
  mode_t mode;        ///< exactly this, whatever the umask; 0600 for private keys
  ByteView contents;  ///< must live until write_files() returns
};

/// What can be checked before anything is done (and before a touch is asked for): the folders exist and are
/// writable, no path is given twice, no file exists unless it may be replaced, and only files are replaced.
/// @errors kExists ("<path> exists"; the hint is the caller's) · kNotFound (no such folder) · kUnreachable ·
/// kUsage
Result<> check_new_files(std::span<const std::string> paths, Existing existing);

/// Write a set of files, all or none. Each is written to a new file of an unguessable name in the same
/// folder, created exclusively with its final mode before the first byte, and synced; only when all are there
/// are they moved to their names, and the folders synced. If anything fails, those already moved are removed
/// again, those replaced are put back, and no temporary file stays. Signals are held back meanwhile
/// (SignalHold), so one takes effect before all of it or after all of it; a power cut leaves whole files at
/// their names or none.
/// @errors as check_new_files · kUnreachable (disk full, I/O)
Result<> write_files(std::span<const NewFile> files, Existing existing);

/// Make a folder (0700 where the file system keeps modes) with these files in it, all or nothing. Folder and
/// files are made through descriptors: if somebody who may write to the folder above puts another in its
/// place, nothing is changed in that one.
/// @param files their paths are names in the folder
/// @errors kExists · kNotFound (no folder above) · kUnreachable · kBadInput (another folder was put there)
Result<> write_new_folder(const std::string& path, std::span<const NewFile> files);

}  // namespace halligan::io
