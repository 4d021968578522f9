#include "io/tcp.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

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

std::string TcpAddress::text() const {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host.data(), host.size(), port.data(),
                    port.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "an address";
  return std::string(host.data()) + " port " + port.data();
}

namespace {

Result<std::vector<TcpAddress>> look_up(const TcpName& name, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(name.host.c_str(), std::to_string(name.port).c_str(), &hints, &found);
  if (failed != 0)
    return fail(Code::kNotFound, std::string("cannot resolve its name: ") + ::gai_strerror(failed));
  const Handle<addrinfo, ::freeaddrinfo> list(found);
  std::vector<TcpAddress> out;
  for (const addrinfo* each = list.get(); each != nullptr; each = each->ai_next) {
    TcpAddress address;
    std::memcpy(&address.address, each->ai_addr, each->ai_addrlen);
    address.size = each->ai_addrlen;
    out.push_back(address);
  }
  return out;
}

/// Names that several threads look up; it outlives whoever does not wait for all of them.
struct LookUps {
  std::vector<TcpName> names{};
  std::vector<std::size_t> indices{};  // of the caller's
  std::mutex mutex{};
  std::condition_variable changed{};
  std::size_t next = 0;
  std::size_t done = 0;
  std::vector<std::optional<Result<std::vector<TcpAddress>>>> found{};

  void work() {
    std::unique_lock lock(mutex);
    while (next < names.size()) {
      const std::size_t mine = next++;
      lock.unlock();
      auto addresses = look_up(names[mine], 0);
      lock.lock();
      found[mine] = std::move(addresses);
      ++done;
      changed.notify_all();
    }
  }
};

}  // namespace

std::vector<Result<std::vector<TcpAddress>>> resolve_all(std::span<const TcpName> names, Deadline deadline) {
  constexpr std::size_t kThreads = 16;
  std::vector<Result<std::vector<TcpAddress>>> out;
  const auto shared = std::make_shared<LookUps>();
  for (const TcpName& name : names) {
    out.push_back(look_up(name, AI_NUMERICHOST));
    if (out.back()) continue;
    shared->names.push_back(name);
    shared->indices.push_back(out.size() - 1);
  }
  shared->found.resize(shared->names.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < std::min(kThreads, shared->names.size()); ++i)
    threads.emplace_back([shared] { shared->work(); });
  bool all = false;
  {
    std::unique_lock lock(shared->mutex);
    all = shared->changed.wait_until(lock, deadline, [&] { return shared->done == shared->names.size(); });
    shared->next = shared->names.size();  // nobody begins another
    for (std::size_t i = 0; i < shared->found.size(); ++i) {
      auto& found = shared->found[i];
      out[shared->indices[i]] =
          found ? std::move(*found) : fail(Code::kNotFound, "its name was not resolved in time");
    }
  }
  for (std::thread& each : threads) all ? each.join() : each.detach();
  return out;
}

Result<Descriptor> start_connect(const TcpAddress& address) {
  Descriptor fd(::socket(address.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail(errno_error(Code::kUnreachable, "cannot make a socket", errno));
  const int yes = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.address), address.size) != 0 &&
      errno != EINPROGRESS)
    return fail(errno_error(Code::kUnreachable, "cannot connect to " + address.text(), errno));
  return fd;
}

Result<> connect_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return fail(errno_error(Code::kUnreachable, "cannot connect", error));
  return {};
}

Result<Peeked> peek(int fd, std::size_t limit) {
  Peeked out;
  out.text.resize(limit);
  const ssize_t got = ::recv(fd, out.text.data(), limit, MSG_PEEK | MSG_DONTWAIT);
  if (got < 0 && errno != EAGAIN && errno != EINTR)
    return fail(errno_error(Code::kUnreachable, "the connection was cut", errno));
  out.text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  pollfd polled{fd, POLLRDHUP, 0};
  out.ended =
      got == 0 || (::poll(&polled, 1, 0) == 1 && (polled.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0);
  return out;
}

Result<Watch> Watch::make() {
  Descriptor fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!fd) return fail(errno_error(Code::kInternal, "cannot watch sockets", errno));
  return Watch(std::move(fd));
}

void Watch::want(pollfd& before, const pollfd& now) {
  if (before.fd == now.fd && before.events == now.events) return;
  if (before.fd >= 0 && before.fd != now.fd) ::epoll_ctl(fd_.get(), EPOLL_CTL_DEL, before.fd, nullptr);
  if (now.fd >= 0) {
    epoll_event event{};
    event.events = static_cast<std::uint32_t>(now.events);  // its bits are those of poll()
    event.data.fd = now.fd;
    // A number that was another socket's, which is closed, is new here.
    if (::epoll_ctl(fd_.get(), EPOLL_CTL_MOD, now.fd, &event) != 0)
      ::epoll_ctl(fd_.get(), EPOLL_CTL_ADD, now.fd, &event);
  }
  before = now;
}

std::vector<int> Watch::wait(std::optional<Deadline> deadline) {
  std::vector<int> out;
  if (!readable_until(fd_.get(), deadline)) return out;
  std::array<epoll_event, 64> events;
  const int ready = ::epoll_wait(fd_.get(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < ready; ++i) out.push_back(events[static_cast<std::size_t>(i)].data.fd);
  std::ranges::sort(out);
  return out;
}

}  // namespace halligan::io
