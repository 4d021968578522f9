// A file that only grows, for one writer at a time.
#pragma once

#include <functional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "io/descriptor.hpp"

namespace halligan::io {

/// Held open, and exclusively locked (flock), as long as it lives.
class AppendFile {
 public:
  ~AppendFile();
  AppendFile(AppendFile&& other) noexcept = default;
  AppendFile& operator=(AppendFile&&) = delete;

  /// Open it, or create it (0600); if then nothing can be appended to it, it is removed again. Refused are
  /// symbolic links, anything but a regular file, files that others may write to, and files of another user;
  /// root may use a file that belongs to the owner of its folder.
  /// @param waiting called once, before the wait, if somebody else holds the lock; the wait has no limit
  /// @errors kUnreachable · kNotFound (no such folder) · kBadInput (refused, see above)
  static Result<AppendFile> open(const std::string& path, const std::function<void()>& waiting);

  const std::string& path() const { return path_; }

  /// All of it. @errors kUnreachable · kBadInput (more than `limit` bytes)
  Result<Bytes> read(std::size_t limit) const;

  /// Append all of it; file and folder are on the disk when this returns. On failure the file is cut back to
  /// what it was. It is also a failure if another file has taken its place, which would not hold the data.
  /// @errors kUnreachable
  Result<> append(ByteView data);

  /// Cut off everything after the first `size` bytes; on the disk when this returns. @errors kUnreachable
  Result<> cut(std::size_t size);

 private:
  AppendFile(std::string path, Descriptor folder, Descriptor file, bool made)
      : path_(std::move(path)), folder_(std::move(folder)), file_(std::move(file)), made_(made) {}

  Result<> check_in_place() const;
  Result<> write_and_sync(ByteView data);

  std::string path_;
  Descriptor folder_;
  Descriptor file_;
  bool made_;  // by us, and nothing is in it
};

/// The lock of an AppendFile, for whoever replaces the file.
/// @param waiting as for AppendFile::open()
/// @return empty if there is no file of that name that this user may read
/// @errors kUnreachable
Result<Descriptor> lock_to_replace(const std::string& path, const std::function<void()>& waiting);

}  // namespace halligan::io
