// The token that a PIN belongs to, by its node in /dev.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace halligan::unattended {

/// CTAP has no serial numbers. An open node does as well: the kernel hangs it up when the device goes, and
/// gives its number to no other device as long as it has not. Nothing is read from it, so nobody misses a
/// report.
class TokenNode {
 public:
  /// @param path  links are followed once, here
  /// @errors kUnsupported (a card, or not a device) · as io::path_failure()
  static Result<TokenNode> open(const std::string& path);

  const std::string& path() const { return path_; }  ///< without links
  /// poll() without events ends when the token has gone.
  int fd() const { return fd_.get(); }
  /// Is it still what the path leads to?
  bool is_there() const;

 private:
  TokenNode(Descriptor fd, std::string path, dev_t device)
      : fd_(std::move(fd)), path_(std::move(path)), device_(device) {}

  Descriptor fd_;
  std::string path_;
  dev_t device_;
};

}  // namespace halligan::unattended
