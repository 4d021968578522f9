// One file in one folder, replaced atomically, and a lock so that two tokens never share it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "base/result.hpp"
#include "softkey/state.hpp"

namespace halligan::softkey {

/// Owns an open folder, its lock and its state file. The lock dies with the process, however that ends.
class Storage {
 public:
  /// Called before each step of save(), for the test that pulls the plug there.
  using Step = std::function<void(std::string_view)>;

  /// Creates the folder (0700) if need be. @errors kUnreachable: cannot be made or opened, or another softkey
  /// has it
  static Result<Storage> open(const std::filesystem::path& folder);

  Storage(Storage&& other) noexcept;
  Storage& operator=(Storage&&) = delete;
  ~Storage();

  /// The stored state, or null if there is none yet. @errors kUnreachable, kBadInput: larger than any state
  Result<std::unique_ptr<StateBytes>> load() const;
  /// Temporary file, fsync, rename, fsync of the folder. @errors kUnreachable
  Result<> save(ByteView state, const Step& step = {});

 private:
  Storage(int folder, int lock) : folder_(folder), lock_(lock) {}
  int folder_;
  int lock_;
};

}  // namespace halligan::softkey
