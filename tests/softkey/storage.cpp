#include "softkey/storage.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace halligan::softkey {
namespace {

constexpr const char* kFile = "state";
constexpr const char* kTemporary = "state.new";

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Failure io_error(std::string_view what) { return fail(errno_error(Code::kUnreachable, what, errno)); }

Result<> write_all(int fd, ByteView data) {
  while (!data.empty()) {
    const ssize_t count = ::write(fd, data.data(), data.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return io_error("write state");
    data = data.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

Result<Storage> Storage::open(const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return io_error("make " + folder.string());
  Descriptor dir(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (dir.get() < 0) return io_error("open " + folder.string());
  Descriptor lock(::openat(dir.get(), "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock.get() < 0) return io_error("open " + (folder / "lock").string());
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return fail(Code::kUnreachable, folder.string() + " is in use by another softkey",
                  "give each its own --state");
    return io_error("lock " + folder.string());
  }
  return Storage(dir.release(), lock.release());
}

Storage::Storage(Storage&& other) noexcept
    : folder_(std::exchange(other.folder_, -1)), lock_(std::exchange(other.lock_, -1)) {}

Storage::~Storage() {
  if (lock_ >= 0) ::close(lock_);
  if (folder_ >= 0) ::close(folder_);
}

Result<std::unique_ptr<StateBytes>> Storage::load() const {
  const Descriptor file(::openat(folder_, kFile, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file.get() < 0 && errno == ENOENT) return std::unique_ptr<StateBytes>();
  if (file.get() < 0) return io_error("open state");
  auto content = std::make_unique<StateBytes>();
  for (;;) {
    const std::size_t before = content->size();
    const std::size_t room = std::min<std::size_t>(StateBytes::kCapacity - before, 4096);
    if (room == 0) return fail(Code::kBadInput, "state is too large");
    if (!content->resize(before + room)) return fail(Code::kInternal, "state buffer");
    const ssize_t count = ::read(file.get(), content->data() + before, room);
    const int error = errno;
    if (!content->resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0))))
      return fail(Code::kInternal, "state buffer");
    if (count == 0) return content;
    if (count < 0 && error != EINTR) return fail(errno_error(Code::kUnreachable, "read state", error));
  }
}

Result<> Storage::save(ByteView state, const Step& step) {
  const auto at = [&step](std::string_view name) {
    if (step) step(name);
  };
  at("open");
  const Descriptor file(
      ::openat(folder_, kTemporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() < 0) return io_error("open new state");
  at("write first half");
  HALLIGAN_CHECK(write_all(file.get(), state.first(state.size() / 2)));
  at("write second half");
  HALLIGAN_CHECK(write_all(file.get(), state.subspan(state.size() / 2)));
  at("sync file");
  if (::fsync(file.get()) != 0) return io_error("fsync state");
  at("rename");
  if (::renameat(folder_, kTemporary, folder_, kFile) != 0) return io_error("rename state");
  at("sync folder");
  if (::fsync(folder_) != 0) return io_error("fsync state folder");
  at("done");
  return {};
}

}  // namespace halligan::softkey
