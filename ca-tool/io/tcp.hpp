// Does anybody listen at an address, and is it an SSH server? And connections for those that have many of
// them.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "io/descriptor.hpp"

namespace halligan::io {

/// Connect to one of the host's addresses and close the connection.
/// @param timeout for each address; resolving the name takes its own time
/// @errors kNotFound (no such name) · kUnreachable (refused, no route, no answer)
Result<> probe_tcp(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout);

/// Connect, read the line with which an SSH server begins, and close.
/// @param timeout for all of it; resolving the name takes its own time. It says what it waits for after a
/// second.
/// @return the line, such as "SSH-2.0-OpenSSH_9.2"
/// @errors as probe_tcp() · kUnreachable (no SSH server)
Result<std::string> read_ssh_banner(const std::string& host, std::uint16_t port,
                                    std::chrono::milliseconds timeout);

/// Where to connect to.
struct TcpAddress {
  sockaddr_storage address{};
  socklen_t size = 0;

  std::string text() const;  ///< "192.0.2.1 port 22"
};

struct TcpName {
  std::string host;
  std::uint16_t port;
};

/// The addresses of many hosts, asked for at the same time. A name that has none by the deadline stays
/// unresolved.
/// @return for each its addresses in the order in which they are tried. @errors of each: kNotFound
std::vector<Result<std::vector<TcpAddress>>> resolve_all(std::span<const TcpName> names, Deadline deadline);

/// Begin to connect, and do not wait: the socket is writable when that is over, see connect_error().
/// @errors kUnreachable
Result<Descriptor> start_connect(const TcpAddress& address);
/// How it went. @errors kUnreachable
Result<> connect_error(int fd);

/// What has come on a socket and stays there to be read.
struct Peeked {
  std::string text;
  bool ended = false;  ///< no more will come
};
/// @errors kUnreachable (reset)
Result<Peeked> peek(int fd, std::size_t limit);

/// poll() of many sockets of which few are ready at a time, at the cost of those alone.
class Watch {
 public:
  /// @errors kInternal
  static Result<Watch> make();

  /// What is waited for at a socket, in the place of what was: what poll() takes. A negative fd: nothing.
  /// @param before as it was given last for the same socket; updated. A socket that is closed is forgotten by
  /// itself.
  void want(pollfd& before, const pollfd& now);
  /// @return the sockets that are ready, sorted; none at the deadline
  std::vector<int> wait(std::optional<Deadline> deadline);

 private:
  explicit Watch(Descriptor fd) : fd_(std::move(fd)) {}

  Descriptor fd_;
};

}  // namespace halligan::io
