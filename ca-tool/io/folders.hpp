// Folders, and the parts of a path.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "io/descriptor.hpp"
#include "io/signals.hpp"

namespace halligan::io {

struct SplitPath {
  std::string folder;  ///< "." for a bare name
  std::string name;    ///< of a file: never empty, "." or ".."
};

/// @errors kUsage (it does not name a file)
Result<SplitPath> split_path(const std::string& path);

/// What has a name, through links. What cannot be looked at is an error, not "nothing": whoever goes on
/// without a file that is there decides by half of what there is.
enum class Kind { kNothing, kFile, kFolder, kOther };
/// @errors kUnreachable
Result<Kind> kind_of(const std::string& path);

/// A folder and those above it that are missing, for the owner alone (0700). @errors kUnreachable
Result<> make_private_folders(const std::string& path);

/// A new folder for the owner alone, in $TMPDIR or /tmp; it goes, with everything in it, with this object. A
/// signal that would end us waits until then.
class ScratchFolder {
 public:
  /// @errors kUnreachable
  static Result<std::unique_ptr<ScratchFolder>> make();

  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  /// Readable once a signal waits: the Command::stop of each program that is run meanwhile.
  int stop() const { return inbox_.get(); }

 private:
  ScratchFolder() = default;

  SignalHold hold_{kEndingSignals};
  Descriptor inbox_;
  std::string path_;
};

/// A folder of the XDG base directory specification: $VARIABLE, else `below` in $HOME. One that is not
/// absolute is ignored, as it says. @return nothing if there is neither
std::optional<std::string> base_folder(const char* variable, std::string_view below);

/// fsync() of a folder. @return false with errno set
[[nodiscard]] bool sync_folder(int fd);

/// Make a symbolic link, in place of what may have that name: at no time is neither there.
/// @errors kNotFound (no such folder) · kUnreachable
Result<> replace_link(const std::string& path, const std::string& target);

}  // namespace halligan::io
