// Waiting for a token to be put in: an event in the folders of device nodes, not a look every so often.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halligan::fido {

class Arrival {
 public:
  /// Watch the folders of these paths, or /dev if there are none; where a folder is missing, the nearest one
  /// above it until it appears. Nothing if the kernel gives no watch.
  static std::optional<Arrival> watch(std::vector<std::string> paths);

  Arrival(Arrival&& other) noexcept;
  Arrival& operator=(Arrival&&) = delete;
  ~Arrival();

  /// Until something appears there, moves there or gets other permissions (udev's, a moment after the node),
  /// or a signal comes. False: neither, within this time.
  bool wait(std::chrono::milliseconds at_most) const;

 private:
  Arrival(int fd, std::vector<std::string> paths) : fd_(fd), paths_(std::move(paths)) {}
  bool watch_folders() const;

  int fd_;
  std::vector<std::string> paths_;
};

}  // namespace halligan::fido
