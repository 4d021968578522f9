#include "io/tcp.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/codec.hpp"
#include "base/handle.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "io/descriptor.hpp"

namespace halligan::io {
namespace {

constexpr std::size_t kLongestGreeting = 8192;  // bytes before SSH's own line; RFC 4253 sets no limit
constexpr std::chrono::seconds kQuiet{1};       // longer than that, and a person is told

// Says what is waited for, once, when it has taken long.
class Patience {
 public:
  Patience(std::string what, std::chrono::milliseconds timeout)
      : what_(std::move(what)), deadline_(Deadline::clock::now() + timeout) {}

  bool wait(pollfd polled) {
    const auto quiet = std::min(deadline_, began_ + kQuiet);
    if (poll_until({&polled, 1}, quiet)) return true;
    if (!told_ && quiet < deadline_) say("waiting for " + what_ + " ...");
    told_ = true;
    return poll_until({&polled, 1}, deadline_);
  }

 private:
  std::string what_;
  Deadline began_ = Deadline::clock::now();
  Deadline deadline_;
  bool told_ = false;
};

// 0, or an errno.
int try_address(const addrinfo& address, Patience patience, Descriptor& connected) {
  Descriptor fd(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return errno;
  int error = 0;
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return errno;
    if (!patience.wait({fd.get(), POLLOUT, 0})) return ETIMEDOUT;
    socklen_t size = sizeof error;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  }
  if (error == 0) connected = std::move(fd);
  return error;
}

Result<Descriptor> connect_tcp(const std::string& host, std::uint16_t port, const Patience& patience) {
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
    Descriptor connected;
    error = try_address(*each, patience, connected);
    if (error == 0) return connected;
  }
  return fail(errno_error(Code::kUnreachable, "cannot connect", error));
}

}  // namespace

Result<> probe_tcp(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout) {
  HALLIGAN_CHECK(connect_tcp(host, port, {host, timeout}));
  return {};
}

Result<std::string> read_ssh_banner(const std::string& host, std::uint16_t port,
                                    std::chrono::milliseconds timeout) {
  Patience patience(printable(host) + ", port " + std::to_string(port), timeout);
  HALLIGAN_TRY(const Descriptor connected, connect_tcp(host, port, patience));
  std::string greeting;
  while (greeting.size() < kLongestGreeting) {
    if (!patience.wait({connected.get(), POLLIN, 0}))
      return fail(Code::kUnreachable, "connected, but no SSH server answers");
    std::array<std::uint8_t, 1024> piece;
    const ssize_t got = read_some(connected.get(), piece);
    if (got <= 0) return fail(Code::kUnreachable, "it closes the connection before it answers");
    greeting += as_text(ByteView(piece).first(static_cast<std::size_t>(got)));
    std::string_view text = greeting;
    // An unfinished line waits for its end.
    for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
      const std::string_view line = next_line(text);
      if (line.starts_with("SSH-")) return std::string(line.substr(0, line.find('\r')));
    }
  }
  return fail(Code::kUnreachable, "what answers there is no SSH server");
}

}  // namespace halligan::io
