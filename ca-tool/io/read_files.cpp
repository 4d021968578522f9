#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "io/descriptor.hpp"
#include "io/files.hpp"
#include "io/folders.hpp"
#include "io/ownership.hpp"

namespace halligan::io {
namespace {

struct Opened {
  Descriptor fd;
  struct stat status {};
};

// Whoever made the pipe is about to write to it: a shell for <(COMMAND), say.
Result<> wait_for_writer(const Descriptor& pipe, const std::string& path) {
  constexpr std::chrono::seconds kQuiet{1};
  constexpr std::chrono::seconds kWait{120};  // a person may have to type a password first
  const Deadline begin = Deadline::clock::now();
  if (readable_until(pipe.get(), begin + kQuiet)) return {};
  say("waiting for something to be written to " + printable(path) + " ...");
  if (readable_until(pipe.get(), begin + kWait)) return {};
  return fail(Code::kUnreachable,
              "nothing was written to " + path + " within " + std::to_string(kWait.count()) + " s");
}

Result<Opened> open_to_read(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) return fail(Code::kUsage, "not a file name");
  // Not blocking, lest a pipe that nobody opens to write is waited for.
  Opened out{open_file(path, O_RDONLY | O_NOCTTY | O_NONBLOCK)};
  if (!out.fd || ::fstat(out.fd.get(), &out.status) != 0) return path_failure(path, errno);
  if (S_ISDIR(out.status.st_mode)) return fail(Code::kBadInput, path + " is a folder, not a file");
  const bool terminal = S_ISCHR(out.status.st_mode) && ::isatty(out.fd.get()) == 1;
  if (!S_ISREG(out.status.st_mode) && !S_ISFIFO(out.status.st_mode) && !terminal) {
    return fail(Code::kBadInput, path + " is not a file");
  }
  if (S_ISFIFO(out.status.st_mode)) HALLIGAN_CHECK(wait_for_writer(out.fd, path));
  if (::fcntl(out.fd.get(), F_SETFL, 0) != 0) return path_failure(path, errno);
  return out;
}

}  // namespace

bool holds_private_key(std::string_view text) {
  return text.find("PRIVATE KEY-----") != std::string_view::npos ||
         text.find("PuTTY-User-Key-File-") != std::string_view::npos;
}

Result<Bytes> read_file(const std::string& path, std::size_t limit) {
  HALLIGAN_TRY(const Opened opened, open_to_read(path));
  Bytes out;
  HALLIGAN_CHECK(read_to_end(opened.fd.get(), path, out, limit));
  return out;
}

// Not blocking: a pipe that nobody writes to is refused, not waited for.
Result<Bytes> read_trusted_file(const std::string& path, std::size_t limit) {
  HALLIGAN_TRY(const SplitPath split, split_path(path));
  const Descriptor folder = open_file(split.folder, O_RDONLY | O_DIRECTORY);
  if (!folder) return path_failure(split.folder, errno);
  const Descriptor file = open_file_in(folder.get(), split.name, O_RDONLY | O_NOCTTY | O_NONBLOCK);
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return path_failure(path, errno);
  HALLIGAN_CHECK(check_ours(path, status, folder.get()));
  Bytes out;
  HALLIGAN_CHECK(read_to_end(file.get(), path, out, limit));
  return out;
}

Result<bool> same_file(const std::string& a, const std::string& b) {
  struct stat first {};
  struct stat second {};
  for (const auto& [path, status] : {std::pair(&a, &first), std::pair(&b, &second)}) {
    if (::stat(path->c_str(), status) == 0) continue;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return path_failure(*path, errno);
  }
  return first.st_ino == second.st_ino && first.st_dev == second.st_dev;
}

Result<InputFile> InputFile::open(const std::string& path) {
  if (path == "-") {
    Descriptor fd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) return path_failure("standard input", errno);
    if (S_ISDIR(status.st_mode)) return fail(Code::kBadInput, "standard input is a folder, not a file");
    return InputFile(std::move(fd), "standard input");
  }
  HALLIGAN_TRY(Opened opened, open_to_read(path));
  return InputFile(std::move(opened.fd), path);
}

Result<std::size_t> InputFile::read(std::span<std::uint8_t> out) {
  const ssize_t got = read_some(fd_.get(), out);
  if (got < 0) return path_failure(path_, errno);
  return static_cast<std::size_t>(got);
}

bool InputFile::ready() const { return readable_until(fd_.get(), Deadline::clock::now()); }

Result<std::size_t> InputFile::fill(std::span<std::uint8_t> out) { return read_full(fd_.get(), path_, out); }

Result<> InputFile::forget_pending(std::chrono::milliseconds quiet) {
  while (readable_until(fd_.get(), Deadline::clock::now() + quiet)) {
    Secret<4096> waste;
    if (!waste.resize(waste.kCapacity)) return fail(Code::kInternal, "a buffer smaller than itself");
    HALLIGAN_TRY(const std::size_t got, read({waste.data(), waste.size()}));
    if (got == 0) return {};
  }
  return {};
}

Result<> InputFile::read_rest(Bytes& out, std::size_t limit) {
  return read_to_end(fd_.get(), path_, out, limit);
}

Result<KeyText> read_secret_file(const std::string& path, Readers readers) {
  HALLIGAN_TRY(const Opened opened, open_to_read(path));
  KeyText out;
  if (!out.resize(KeyText::kCapacity)) return fail(Code::kInternal, "a buffer smaller than itself");
  HALLIGAN_TRY(const std::size_t got, read_full(opened.fd.get(), path, {out.data(), out.size()}));
  if (!out.resize(got)) return fail(Code::kInternal, "a buffer smaller than itself");
  std::uint8_t more = 0;
  HALLIGAN_TRY(const std::size_t beyond, read_full(opened.fd.get(), path, {&more, 1}));
  explicit_bzero(&more, sizeof more);
  if (beyond != 0) return too_large(path, KeyText::kCapacity);
  const bool open = S_ISREG(opened.status.st_mode) && opened.status.st_uid == ::geteuid() &&
                    (opened.status.st_mode & 077) != 0;
  if (readers == Readers::kOwner && open && holds_private_key(as_text(out.view()))) {
    return fail(Code::kBadInput, path + " is a private key that others can read",
                "chmod 600 " + shell_word(path));
  }
  return out;
}

}  // namespace halligan::io
