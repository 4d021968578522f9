// A client of a unix socket: requests in, responses out.
#pragma once

#include <chrono>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "io/descriptor.hpp"

namespace halligan::io {

/// The running ssh-agent's, SSH_AUTH_SOCK; empty if it is not set.
std::string agent_socket();

class UnixSocket {
 public:
  /// @errors kUnreachable (nobody there, no permission) · kBadInput (a path longer than 107 bytes, or empty)
  static Result<UnixSocket> connect(const std::string& path);

  /// Send all of it, then wait for the response: u32 length (big-endian) and that many bytes, the result.
  /// @errors kUnreachable (closed, timed out) · kBadInput (a response over the limit)
  Result<Bytes> ask(ByteView frame, std::size_t limit, std::chrono::milliseconds timeout);

 private:
  UnixSocket(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<> receive(std::span<std::uint8_t> out, Deadline deadline);

  Descriptor fd_;
  std::string path_;
};

}  // namespace halligan::io
