#include "io/descriptor.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "base/uninterrupted.hpp"

namespace halligan::io {

Descriptor open_file(const std::string& path, int flags) { return open_file_in(AT_FDCWD, path, flags); }

Descriptor open_file_in(int folder, const std::string& name, int flags, mode_t mode) {
  return Descriptor(uninterrupted([&] { return ::openat(folder, name.c_str(), flags | O_CLOEXEC, mode); }));
}

bool sync_file(int fd) {
  return uninterrupted([&] { return ::fsync(fd); }) == 0;
}

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(errno_error(Code::kUnreachable, "pipe", errno));
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

Result<SocketPair> make_socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return fail(errno_error(Code::kUnreachable, "socketpair", errno));
  SocketPair pair{Descriptor(ends[0]), Descriptor(ends[1])};
  if (::fcntl(pair.ours.get(), F_SETFL, O_NONBLOCK) != 0)
    return fail(errno_error(Code::kUnreachable, "socketpair", errno));
  return pair;
}

Failure path_failure(std::string_view path, int error_number) {
  const bool missing = error_number == ENOENT || error_number == ENOTDIR;
  return fail(errno_error(missing ? Code::kNotFound : Code::kUnreachable, path, error_number));
}

bool write_all(int fd, ByteView data) {
  while (!data.empty()) {
    const ssize_t written = ::write(fd, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    data = data.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

ssize_t read_some(int fd, std::span<std::uint8_t> out) {
  while (true) {
    const ssize_t got = ::read(fd, out.data(), out.size());
    if (got >= 0 || (errno != EINTR && errno != EAGAIN)) return got;
    // Whoever shares the pipe may have made it non-blocking.
    if (errno == EAGAIN) readable_until(fd, std::nullopt);
  }
}

Result<std::size_t> read_full(int fd, std::string_view path, std::span<std::uint8_t> out) {
  std::size_t have = 0;
  while (have < out.size()) {
    const ssize_t got = read_some(fd, out.subspan(have));
    if (got < 0) return path_failure(path, errno);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  return have;
}

Result<> read_to_end(int fd, std::string_view path, Bytes& out, std::size_t limit) {
  constexpr std::size_t kSmall = 4096;  // most files are keys and certificates
  constexpr std::size_t kLarge = 65536;
  for (std::size_t chunk = kSmall;; chunk = kLarge) {
    if (out.size() > limit) return too_large(path, limit);
    // Asking for one byte more than allowed shows the end of the file instead of assuming it.
    const std::size_t room = std::min(chunk, limit + 1 - out.size());
    const std::size_t before = out.size();
    out.resize(before + room);
    HALLIGAN_TRY(const std::size_t got, read_full(fd, path, std::span(out).subspan(before)));
    out.resize(before + got);
    if (got < room) return {};
  }
}

Failure too_large(std::string_view path, std::size_t limit) {
  return fail(Code::kBadInput, std::string(path) + " is larger than " + std::to_string(limit) + " bytes");
}

bool poll_until(std::span<pollfd> polled, std::optional<Deadline> deadline) {
  while (true) {
    int timeout = -1;
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Deadline::clock::now());
      timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, INT_MAX));
    }
    const int ready = ::poll(polled.data(), polled.size(), timeout);
    if (ready >= 0 || errno != EINTR) return ready != 0;
  }
}

bool readable_until(int fd, std::optional<Deadline> deadline) {
  pollfd polled{fd, POLLIN, 0};
  return poll_until({&polled, 1}, deadline);
}

}  // namespace halligan::io
