// A file that only grows, for one writer at a time.
#pragma once

#include <functional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "io/descriptor.hpp"

namespace halligan::io {

/// Held open under an exclusive lock (flock) until it is let go.
class AppendFile {
 public:
  /// Open it, or create it (0600). A symbolic link, anything but a file, and a file that others may write to
  /// or that belongs to somebody else are refused; to root, what is in its owner's own folder belongs.
  /// @param waiting called once if somebody else has the lock, before the wait, which has no limit
  /// @errors kUnreachable · kNotFound (no such folder) · kBadInput (refused, see above)
  static Result<AppendFile> open(const std::string& path, const std::function<void()>& waiting);

  const std::string& path() const { return path_; }

  /// All of it. @errors kUnreachable · kBadInput (more than `limit` bytes)
  Result<Bytes> read(std::size_t limit) const;

  /// At the end, all of it, and on the disk (file and folder) when this returns. If it fails the file is cut
  /// back to what it was. A file that was put in its place meanwhile would not have it, so that fails, too.
  /// @errors kUnreachable
  Result<> append(ByteView data);

  /// Cut off everything behind the first `size` bytes, on the disk when this returns. @errors kUnreachable
  Result<> cut(std::size_t size);

 private:
  AppendFile(std::string path, Descriptor folder, Descriptor file)
      : path_(std::move(path)), folder_(std::move(folder)), file_(std::move(file)) {}

  Result<> check_in_place() const;
  Result<> write_and_sync(ByteView data);

  std::string path_;
  Descriptor folder_;
  Descriptor file_;
};

/// The lock of an AppendFile, for whoever puts another file in its place; held until it is let go.
/// @param waiting as for AppendFile::open()
/// @return empty if there is no file of that name that this user may read
/// @errors kUnreachable
Result<Descriptor> lock_to_replace(const std::string& path, const std::function<void()>& waiting);

/// Make a folder and those above it that are missing, for the owner alone (0700). @errors kUnreachable
Result<> make_private_folders(const std::string& path);

}  // namespace halligan::io
