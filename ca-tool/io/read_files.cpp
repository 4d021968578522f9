#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/codec.hpp"
#include "io/descriptor.hpp"
#include "io/files.hpp"

namespace halligan::io {
namespace {

Failure file_failure(const std::string& path, int error_number) {
  const Code code = error_number == ENOENT || error_number == ENOTDIR ? Code::kNotFound : Code::kUnreachable;
  return fail(errno_error(code, path, error_number));
}

struct Opened {
  Descriptor fd;
  struct stat status {};
};

Result<Opened> open_to_read(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) return fail(Code::kUsage, "not a file name");
  Opened out{Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY))};
  if (!out.fd || ::fstat(out.fd.get(), &out.status) != 0) return file_failure(path, errno);
  if (S_ISDIR(out.status.st_mode)) return fail(Code::kBadInput, path + " is a folder, not a file");
  const bool terminal = S_ISCHR(out.status.st_mode) && ::isatty(out.fd.get()) == 1;
  if (!S_ISREG(out.status.st_mode) && !S_ISFIFO(out.status.st_mode) && !terminal) {
    return fail(Code::kBadInput, path + " is not a file");
  }
  return out;
}

// Up to `room` bytes; less only at the end of the file.
Result<std::size_t> fill(const std::string& path, int fd, std::uint8_t* out, std::size_t room) {
  std::size_t have = 0;
  while (have < room) {
    const ssize_t got = ::read(fd, out + have, room - have);
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_failure(path, errno);
    have += static_cast<std::size_t>(got);
  }
  return have;
}

Failure too_large(const std::string& path, std::size_t limit) {
  return fail(Code::kBadInput, path + " is larger than " + std::to_string(limit) + " bytes");
}

// Until the end, behind what is in `out` already.
Result<> read_all(const std::string& path, int fd, Bytes& out, std::size_t limit) {
  constexpr std::size_t kChunk = 65536;
  while (true) {
    if (out.size() > limit) return too_large(path, limit);
    // One byte more than allowed is asked for, so that the end of the file is seen and not assumed.
    const std::size_t want = std::min(kChunk, limit + 1 - out.size());
    const std::size_t before = out.size();
    out.resize(before + want);
    HALLIGAN_TRY(const std::size_t got, fill(path, fd, out.data() + before, want));
    out.resize(before + got);
    if (got < want) return {};
  }
}

}  // namespace

bool holds_private_key(std::string_view text) {
  return text.find("PRIVATE KEY-----") != std::string_view::npos ||
         text.find("PuTTY-User-Key-File-") != std::string_view::npos;
}

Result<Bytes> read_file(const std::string& path, std::size_t limit) {
  HALLIGAN_TRY(const Opened opened, open_to_read(path));
  Bytes out;
  HALLIGAN_CHECK(read_all(path, opened.fd.get(), out, limit));
  return out;
}

bool same_file(const std::string& a, const std::string& b) {
  struct stat first {};
  struct stat second {};
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 && first.st_ino == second.st_ino &&
         first.st_dev == second.st_dev;
}

Result<InputFile> InputFile::open(const std::string& path) {
  if (path == "-") {
    Descriptor fd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) return file_failure("standard input", errno);
    if (S_ISDIR(status.st_mode)) return fail(Code::kBadInput, "standard input is a folder, not a file");
    return InputFile(std::move(fd), "standard input");
  }
  HALLIGAN_TRY(Opened opened, open_to_read(path));
  return InputFile(std::move(opened.fd), path);
}

Result<std::size_t> InputFile::read(std::span<std::uint8_t> out) {
  while (true) {
    const ssize_t got = ::read(fd_.get(), out.data(), out.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EAGAIN) {  // somebody else's setting of the same pipe
      pollfd polled{fd_.get(), POLLIN, 0};
      ::poll(&polled, 1, -1);
    } else if (errno != EINTR) {
      return file_failure(path_, errno);
    }
  }
}

bool InputFile::ready() const {
  pollfd polled{fd_.get(), POLLIN, 0};
  return ::poll(&polled, 1, 0) == 1;
}

Result<std::size_t> InputFile::fill(std::span<std::uint8_t> out) {
  std::size_t have = 0;
  while (have < out.size()) {
    HALLIGAN_TRY(const std::size_t got, read(out.subspan(have)));
    if (got == 0) break;
    have += got;
  }
  return have;
}

Result<> InputFile::forget_pending(std::chrono::milliseconds quiet) {
  pollfd polled{fd_.get(), POLLIN, 0};
  while (::poll(&polled, 1, static_cast<int>(quiet.count())) == 1) {
    Secret<4096> waste;
    if (!waste.resize(waste.kCapacity)) return fail(Code::kInternal, "a buffer smaller than itself");
    HALLIGAN_TRY(const std::size_t got, read({waste.data(), waste.size()}));
    if (got == 0) return {};
  }
  return {};
}

Result<> InputFile::read_rest(Bytes& out, std::size_t limit) {
  return read_all(path_, fd_.get(), out, limit);
}

Result<KeyText> read_secret_file(const std::string& path, Readers readers) {
  HALLIGAN_TRY(const Opened opened, open_to_read(path));
  KeyText out;
  if (!out.resize(KeyText::kCapacity)) return fail(Code::kInternal, "a buffer smaller than itself");
  HALLIGAN_TRY(const std::size_t got, fill(path, opened.fd.get(), out.data(), KeyText::kCapacity));
  if (!out.resize(got)) return fail(Code::kInternal, "a buffer smaller than itself");
  std::uint8_t more = 0;
  HALLIGAN_TRY(const std::size_t beyond, fill(path, opened.fd.get(), &more, 1));
  explicit_bzero(&more, sizeof more);
  if (beyond != 0) return too_large(path, KeyText::kCapacity);
  const bool open = S_ISREG(opened.status.st_mode) && opened.status.st_uid == ::geteuid() &&
                    (opened.status.st_mode & 077) != 0;
  if (readers == Readers::kOwner && open && holds_private_key(as_text(out.view()))) {
    return fail(Code::kBadInput, path + " is a private key that others may read",
                "chmod 600 " + shell_word(path));
  }
  return out;
}

}  // namespace halligan::io
