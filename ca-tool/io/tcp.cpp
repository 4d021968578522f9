#include "io/tcp.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/handle.hpp"
#include "io/descriptor.hpp"

namespace halligan::io {
namespace {

// 0, or an errno.
int try_address(const addrinfo& address, std::chrono::milliseconds timeout) {
  const Descriptor fd(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return errno;
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd polled{fd.get(), POLLOUT, 0};
  if (!poll_until({&polled, 1}, Deadline::clock::now() + timeout)) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

Result<> probe_tcp(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed != 0)
    return fail(Code::kNotFound, std::string("cannot resolve its name: ") + ::gai_strerror(failed));
  const Handle<addrinfo, ::freeaddrinfo> list(found);
  int error = EADDRNOTAVAIL;
  for (const addrinfo* each = list.get(); each != nullptr; each = each->ai_next) {
    error = try_address(*each, timeout);
    if (error == 0) return {};
  }
  return fail(errno_error(Code::kUnreachable, "cannot connect", error));
}

}  // namespace halligan::io
