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

/// Who may be at the other end of a socket.
enum class Peer {
  kOurs,     ///< this user, or root: who is told a secret
  kAnybody,  ///< who is told nothing, and whose answers are checked
};

/// Is it a socket, left behind by a process that has ended? One that listens and does not answer is not.
bool nobody_listens(const std::string& path);

class UnixSocket {
 public:
  /// The peer is looked at through the connection, not by the name of the socket.
  /// @errors kUnreachable (nobody there, no permission, another user's, not accepted within seconds) ·
  /// kBadInput (a path longer than 107 bytes, or empty)
  static Result<UnixSocket> connect(const std::string& path, Peer peer = Peer::kOurs);

  /// " of user NAME" if another user, who is not root, is at the other end; else nothing.
  const std::string& whose() const { return whose_; }

  /// The connection itself, for another protocol.
  Descriptor take() && { return std::move(fd_); }

  /// Send all of it, then wait for the response: u32 length (big-endian) and that many bytes, the result.
  /// @errors kUnreachable (closed, timed out) · kBadInput (a response over the limit)
  Result<Bytes> ask(ByteView frame, std::size_t limit, std::chrono::milliseconds timeout);

 private:
  UnixSocket(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<> receive(std::span<std::uint8_t> out, Deadline deadline);

  Descriptor fd_;
  std::string path_;
  std::string whose_;
};

}  // namespace halligan::io
