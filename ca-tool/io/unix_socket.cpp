#include "io/unix_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace halligan::io {

std::string agent_socket() {
  const char* path = std::getenv("SSH_AUTH_SOCK");
  return path == nullptr ? "" : path;
}

Result<UnixSocket> UnixSocket::connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path || path.find('\0') != std::string::npos) {
    return fail(Code::kBadInput, "not the path of a socket: " + path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail(errno_error(Code::kUnreachable, "socket", errno));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail(errno_error(Code::kUnreachable, path, errno));
  }
  return UnixSocket(std::move(fd), path);
}

Result<> UnixSocket::receive(std::span<std::uint8_t> out, std::chrono::steady_clock::time_point deadline) {
  while (!out.empty()) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd polled{fd_.get(), POLLIN, 0};
    const int ready = ::poll(&polled, 1, static_cast<int>(std::clamp<long>(left, 0, INT32_MAX)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return fail(Code::kUnreachable, path_ + " does not answer");
    const ssize_t got = ::recv(fd_.get(), out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(errno_error(Code::kUnreachable, path_, errno));
    if (got == 0) return fail(Code::kUnreachable, path_ + " was closed in the middle of an answer");
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Result<Bytes> UnixSocket::ask(ByteView frame, std::size_t limit, std::chrono::milliseconds timeout) {
  while (!frame.empty()) {
    const ssize_t sent = ::send(fd_.get(), frame.data(), frame.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return fail(errno_error(Code::kUnreachable, path_, errno));
    frame = frame.subspan(static_cast<std::size_t>(sent));
  }
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::array<std::uint8_t, 4> head{};
  HALLIGAN_CHECK(receive(head, deadline));
  std::size_t size = 0;
  for (const std::uint8_t byte : head) size = size << 8 | byte;
  if (size > limit) return fail(Code::kBadInput, path_ + ": an answer of " + std::to_string(size) + " bytes");
  Bytes answer(size);
  HALLIGAN_CHECK(receive(answer, deadline));
  return answer;
}

}  // namespace halligan::io
