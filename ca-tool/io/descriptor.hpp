// An owned file descriptor, and how one is opened, read, written, synced and waited for, whatever signals
// come.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace halligan::io {

using halligan::Descriptor;

/// open(), closed on exec. @return empty with errno set
Descriptor open_file(const std::string& path, int flags);
/// openat(), closed on exec. @return empty with errno set
Descriptor open_file_in(int folder, const std::string& name, int flags, mode_t mode = 0);

/// fsync(). @return false with errno set
[[nodiscard]] bool sync_file(int fd);

struct Pipe {
  Descriptor read;
  Descriptor write;
};

/// Both ends close on exec. @errors kUnreachable
Result<Pipe> make_pipe();

/// Two ends of a stream in both directions, both close on exec. @errors kUnreachable
struct SocketPair {
  Descriptor ours;  ///< non-blocking
  Descriptor theirs;
};
Result<SocketPair> make_socket_pair();

/// errno about a path: kNotFound if it or one of its folders is missing, otherwise kUnreachable.
Failure path_failure(std::string_view path, int error_number);

/// Write all of it. @return false with errno set
[[nodiscard]] bool write_all(int fd, ByteView data);

/// Read what there is, and wait for at least one byte, even if the descriptor is non-blocking.
/// @return 0 at the end; -1 with errno set
[[nodiscard]] ssize_t read_some(int fd, std::span<std::uint8_t> out);

/// Read until `out` is full or the end comes. @return how much was read. @errors as path_failure()
Result<std::size_t> read_full(int fd, std::string_view path, std::span<std::uint8_t> out);

/// Read to the end, appending to `out`.
/// @param limit of `out`, in bytes, what it holds already included
/// @errors as path_failure() · kBadInput (over the limit)
Result<> read_to_end(int fd, std::string_view path, Bytes& out, std::size_t limit);
Failure too_large(std::string_view path, std::size_t limit);

using Deadline = std::chrono::steady_clock::time_point;

/// poll() that signals do not end. @return false at the deadline
bool poll_until(std::span<pollfd> polled, std::optional<Deadline> deadline);
bool readable_until(int fd, std::optional<Deadline> deadline);

}  // namespace halligan::io
