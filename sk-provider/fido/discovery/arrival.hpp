// Waits for a token to be inserted: for events in the folders of device nodes, without polling.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/descriptor.hpp"

namespace halligan::fido {

class Arrival {
 public:
  /// Watch the folders of these paths, or /dev if there are none; if a folder is missing, the nearest one
  /// above it until it appears. Nothing if the kernel gives no watch.
  static std::optional<Arrival> watch(std::vector<std::string> paths);

  /// Wait until something appears or moves there or changes its permissions (udev does, a moment after the
  /// node appears), or a signal comes. False: neither, within this time.
  bool wait(std::chrono::milliseconds at_most) const;

 private:
  Arrival(Descriptor fd, std::vector<std::string> paths) : fd_(std::move(fd)), paths_(std::move(paths)) {}
  bool watch_folders() const;

  Descriptor fd_;
  std::vector<std::string> paths_;
};

}  // namespace halligan::fido
