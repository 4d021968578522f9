// A unix socket that questions go into and answers come out of.
#pragma once

#include <chrono>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "io/descriptor.hpp"

namespace halligan::io {

/// The running ssh-agent's, SSH_AUTH_SOCK; empty where there is none.
std::string agent_socket();

class UnixSocket {
 public:
  /// @errors kUnreachable (nobody there, no permission) · kBadInput (a path longer than 107 bytes, or empty)
  static Result<UnixSocket> connect(const std::string& path);

  /// Send all of it, then wait for the answer: u32 length (big-endian) and that many bytes, which are
  /// returned.
  /// @errors kUnreachable (closed, nothing for so long) · kBadInput (an answer longer than the limit)
  Result<Bytes> ask(ByteView frame, std::size_t limit, std::chrono::milliseconds timeout);

 private:
  UnixSocket(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<> receive(std::span<std::uint8_t> out, std::chrono::steady_clock::time_point deadline);

  Descriptor fd_;
  std::string path_;
};

}  // namespace halligan::io
