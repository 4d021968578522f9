#include "io/unix_socket.hpp"

#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/codec.hpp"
#include "io/signals.hpp"

namespace halligan::io {

std::string agent_socket() {
  const char* path = std::getenv("SSH_AUTH_SOCK");
  return path == nullptr ? "" : path;
}

namespace {

constexpr std::chrono::seconds kSendWait{3};  // what is sent is small: whoever is there takes it at once

Failure silent(const std::string& path) { return fail(Code::kUnreachable, path + " does not answer"); }

// " of user nobody", or " of uid 4711" if that has no name; nothing for us and for root.
std::string other_user(::uid_t user) {
  if (user == ::geteuid() || user == 0) return {};
  const passwd* entry = ::getpwuid(user);
  return entry != nullptr ? " of user " + printable(entry->pw_name) : " of uid " + std::to_string(user);
}

bool is_socket_path(const std::string& path) {
  return !path.empty() && path.size() < sizeof(sockaddr_un::sun_path) && path.find('\0') == std::string::npos;
}

// @param path is_socket_path() @return empty with errno set
Descriptor connected(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // Of a stopped process first the queue fills up, then the buffer.
  const timeval longest{.tv_sec = kSendWait.count(), .tv_usec = 0};
  if (!fd || ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest) != 0 ||
      ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int why = errno;
    fd.reset();
    errno = why;
  }
  return fd;
}

}  // namespace

bool nobody_listens(const std::string& path) {
  struct stat status {};
  // The answer is the same for what is not a socket.
  return is_socket_path(path) && ::stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode) &&
         !connected(path) && errno == ECONNREFUSED;
}

Result<UnixSocket> UnixSocket::connect(const std::string& path, Peer peer) {
  if (!is_socket_path(path)) return fail(Code::kBadInput, "not a socket path: " + path);
  Descriptor fd = connected(path);
  if (!fd) return errno == EAGAIN ? silent(path) : fail(errno_error(Code::kUnreachable, path, errno));
  // Who called listen(): whoever made a socket of this name.
  ucred owner{};
  socklen_t size = sizeof owner;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &owner, &size) != 0)
    return fail(errno_error(Code::kUnreachable, path, errno));
  UnixSocket connection(std::move(fd), path);
  connection.whose_ = other_user(owner.uid);
  if (peer == Peer::kOurs && !connection.whose_.empty()) {
    return fail(Code::kUnreachable, printable(path) + " is a socket" + connection.whose_,
                "use an agent of your own: eval $(ssh-agent)");
  }
  return connection;
}

Result<> UnixSocket::receive(std::span<std::uint8_t> out, Deadline deadline) {
  while (!out.empty()) {
    if (!readable_until(fd_.get(), deadline)) return silent(path_);
    const ssize_t got = read_some(fd_.get(), out);
    if (got < 0) return fail(errno_error(Code::kUnreachable, path_, errno));
    if (got == 0) return fail(Code::kUnreachable, path_ + " was closed in the middle of a response");
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Result<Bytes> UnixSocket::ask(ByteView frame, std::size_t limit, std::chrono::milliseconds timeout) {
  {
    const SignalHold no_broken_pipe(kNoSignals);
    if (!write_all(fd_.get(), frame))
      return errno == EAGAIN ? silent(path_) : fail(errno_error(Code::kUnreachable, path_, errno));
  }
  const auto deadline = Deadline::clock::now() + timeout;
  std::array<std::uint8_t, 4> head{};
  HALLIGAN_CHECK(receive(head, deadline));
  std::size_t size = 0;
  for (const std::uint8_t byte : head) size = size << 8 | byte;
  if (size > limit)
    return fail(Code::kBadInput, path_ + ": a response of " + std::to_string(size) + " bytes is too large");
  Bytes answer(size);
  HALLIGAN_CHECK(receive(answer, deadline));
  return answer;
}

}  // namespace halligan::io
