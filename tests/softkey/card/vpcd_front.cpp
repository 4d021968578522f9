#include "softkey/card/vpcd_front.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/handle.hpp"

namespace halligan::softkey {
namespace {

constexpr std::size_t kPrefix = 2;

using Addresses = Handle<addrinfo, ::freeaddrinfo>;

std::size_t frame_size(ByteView prefix) { return static_cast<std::size_t>(prefix[0] << 8 | prefix[1]); }

Result<int> connected(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) return fail(Code::kUsage, "not HOST:PORT: " + address);
  addrinfo hints{};
  hints.ai_family = AF_INET;  // vpcd listens on nothing else
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed =
      ::getaddrinfo(address.substr(0, colon).c_str(), address.substr(colon + 1).c_str(), &hints, &found);
  if (failed != 0) return fail(Code::kUsage, "not HOST:PORT: " + address + ": " + ::gai_strerror(failed));
  const Addresses addresses(found);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(errno_error(Code::kUnreachable, "socket", errno));
  if (::connect(fd, addresses->ai_addr, addresses->ai_addrlen) != 0) {
    const int error = errno;
    ::close(fd);
    return fail(errno_error(Code::kUnreachable, "no reader at " + address, error));
  }
  return fd;
}

}  // namespace

void FrameStream::receive(ByteView data, const std::function<void(ByteView frame)>& frame) {
  append(pending_, data);
  std::size_t done = 0;
  for (;;) {
    const ByteView rest = ByteView(pending_).subspan(done);
    if (rest.size() < kPrefix || rest.size() < kPrefix + frame_size(rest)) break;
    const Bytes one = to_bytes(rest.subspan(kPrefix, frame_size(rest)));
    done += kPrefix + one.size();
    frame(one);
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(done));
}

Bytes encode_frame(ByteView frame) {
  Bytes bytes{static_cast<std::uint8_t>(frame.size() >> 8), static_cast<std::uint8_t>(frame.size())};
  append(bytes, frame);
  return bytes;
}

Result<VpcdFront> VpcdFront::connect(const std::string& address) {
  VpcdFront front(address);
  HALLIGAN_CHECK(front.put_in());
  return front;
}

VpcdFront::VpcdFront(VpcdFront&& other) noexcept
    : address_(std::move(other.address_)),
      fd_(std::exchange(other.fd_, -1)),
      stream_(std::move(other.stream_)) {}

VpcdFront::~VpcdFront() { pull(); }

Result<> VpcdFront::put_in() {
  HALLIGAN_TRY(fd_, connected(address_));
  stream_ = FrameStream();
  return {};
}

void VpcdFront::pull() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<> VpcdFront::receive(const std::function<void(ByteView frame)>& frame) {
  std::array<std::uint8_t, 4096> buffer{};
  const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (count <= 0) {
    pull();
    return fail(Code::kUnreachable, "the reader at " + address_ + " is gone");
  }
  // The reader sends a frame in pieces, and each of them only when the one before is acknowledged: at once,
  // not after the 40 ms that TCP takes otherwise. The kernel forgets this option, so it is set each time.
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  stream_.receive(ByteView(buffer).first(static_cast<std::size_t>(count)), frame);
  return {};
}

void VpcdFront::send(ByteView frame, FrameFault fault) {
  Bytes bytes = encode_frame(frame);
  if (fault == FrameFault::kOversized) bytes[0] = bytes[1] = 0xff;
  if (fault == FrameFault::kHalf) bytes.resize(kPrefix + frame.size() / 2);
  ByteView left = bytes;
  while (!left.empty()) {
    const ssize_t count = ::send(fd_, left.data(), left.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;  // receive() will say it
    left = left.subspan(static_cast<std::size_t>(count));
  }
  if (fault == FrameFault::kHalf) pull();
}

}  // namespace halligan::softkey
