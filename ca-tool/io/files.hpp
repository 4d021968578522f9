// Files: read with a limit, written all or nothing.
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

/// Is there a private key in it, in any of the forms that can be told as one: OpenSSH's, PEM, PuTTY's?
bool holds_private_key(std::string_view text);

/// A whole regular file, pipe or terminal ("/dev/stdin" works), never a folder or a device.
/// @param limit bytes; one more is an error
/// @errors kNotFound (no such file) · kUnreachable (may not or cannot be read) · kBadInput (too large, not a
/// file)
Result<Bytes> read_file(const std::string& path, std::size_t limit);

/// Are both there, and one and the same file, by whatever names or links?
bool same_file(const std::string& a, const std::string& b);

/// Who may be able to read a file.
enum class Readers { kOwner, kAnybody };

/// A private key file into a wiped buffer; like ssh, refuses one of ours that group or others may read,
/// unless nothing secret in it will be used. What is no private key may be read by anybody: the caller says
/// what it is.
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
  /// Read and forget what comes until nothing has come for that long.
  Result<> forget_pending(std::chrono::milliseconds quiet);
  /// All that is left, behind what is in `out` already. @param limit of all of it together
  Result<> read_rest(Bytes& out, std::size_t limit);

 private:
  InputFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Descriptor fd_;
  std::string path_;
};

/// What to do when the file is there already.
enum class Existing {
  kRefuse,   ///< kExists, and the file that is there is not touched, however late it appears
  kReplace,  ///< atomically; a symbolic link itself is replaced, not what it points to
};

struct NewFile {
  std::string path;
  mode_t mode;        ///< exactly this, whatever the umask; 0600 for private keys
  ByteView contents;  ///< must live until write_files() returns
};

/// What can be known before anything is done (and before a touch is asked for): the folders are there and can
/// be written to, no path is given twice, no file exists unless it may be replaced, nothing but a file is
/// replaced.
/// @errors kExists ("<path> exists"; the hint is the caller's) · kNotFound (no such folder) · kUnreachable ·
/// kUsage
Result<> check_new_files(std::span<const std::string> paths, Existing existing);

/// Write a set of files, all or none. Each is written to a new file of an unguessable name in the same
/// folder, created exclusively with its final mode before the first byte, and synced; only when all are there
/// are they moved to their names, and the folders synced. If anything fails, those already moved are taken
/// away again, those replaced are put back, and no temporary file stays. SIGINT, SIGTERM, SIGHUP, SIGQUIT and
/// SIGTSTP are held back meanwhile, so that a signal comes before all of it or after all of it; a power cut
/// leaves whole files at their names or none.
/// @errors as check_new_files · kUnreachable (disk full, I/O)
Result<> write_files(std::span<const NewFile> files, Existing existing);

}  // namespace halligan::io
