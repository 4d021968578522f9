#include "io/filter.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>

#include "io/spawn.hpp"

namespace halligan::io {
namespace {

using FilterClock = std::chrono::steady_clock;

// A child that does not read its input must not end us.
class NoBrokenPipe {
 public:
  NoBrokenPipe() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &before_);
  }
  ~NoBrokenPipe() { ::sigaction(SIGPIPE, &before_, nullptr); }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;

 private:
  struct sigaction before_ {};
};

bool try_again() { return errno == EINTR || errno == EAGAIN; }

// What the child takes now; closed when it has all of it, or wants no more.
void feed(Descriptor& to, ByteView& input) {
  const ssize_t written = ::write(to.get(), input.data(), input.size());
  if (written < 0 && try_again()) return;
  if (written < 0) input = {};
  if (written > 0) input = input.subspan(static_cast<std::size_t>(written));
  if (input.empty()) to.reset();
}

enum class Drained { kMore, kEnd, kTooMuch };

Drained drain(Descriptor& from, std::span<std::uint8_t> out, std::size_t& size) {
  std::uint8_t beyond = 0;
  const bool full = size == out.size();
  const ssize_t got =
      full ? ::read(from.get(), &beyond, 1) : ::read(from.get(), out.data() + size, out.size() - size);
  explicit_bzero(&beyond, sizeof beyond);
  if (got < 0 && try_again()) return Drained::kMore;
  if (got <= 0) {
    from.reset();
    return Drained::kEnd;
  }
  if (full) return Drained::kTooMuch;
  size += static_cast<std::size_t>(got);
  return Drained::kMore;
}

int left_until(FilterClock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - FilterClock::now()).count();
  return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : static_cast<int>(left);
}

}  // namespace

Result<Filtered> run_filter(const Filter& filter, std::span<std::uint8_t> out) {
  const NoBrokenPipe guard;
  HALLIGAN_TRY(Pipe in, make_pipe());
  HALLIGAN_TRY(Pipe results, make_pipe());
  ::fcntl(in.write.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(results.read.get(), F_SETFL, O_NONBLOCK);
  HALLIGAN_TRY(Child child, Child::spawn(filter.argv, {in.read.get(), results.write.get(), -1}));
  in.read.reset();
  results.write.reset();
  const auto deadline = FilterClock::now() + filter.timeout;
  ByteView input = filter.input;
  if (input.empty()) in.write.reset();
  Filtered done;
  while (results.read) {
    std::array<pollfd, 2> polled{
        {{results.read.get(), POLLIN, 0}, {in.write ? in.write.get() : -1, POLLOUT, 0}}};
    const int ready = ::poll(polled.data(), polled.size(), left_until(deadline));
    if (ready < 0 && errno == EINTR) continue;
    // Child's destructor ends what still runs.
    if (ready == 0) return fail(Code::kUnreachable, filter.argv[0] + " did not end in time");
    if (polled[1].revents != 0) feed(in.write, input);
    if (polled[0].revents != 0 && drain(results.read, out, done.size) == Drained::kTooMuch) {
      return fail(Code::kBadInput,
                  filter.argv[0] + " gave more than " + std::to_string(out.size()) + " bytes");
    }
  }
  in.write.reset();
  HALLIGAN_TRY(done.exit_code, child.wait());
  return done;
}

Result<int> run_attached(const std::vector<std::string>& argv) {
  HALLIGAN_TRY(Child child, Child::spawn(argv, {STDIN_FILENO, -1, -1}));
  return child.wait();
}

Result<> make_private_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 && ::chmod(path.c_str(), 0700) == 0) return {};
  if (errno == EEXIST) return fail(Code::kExists, path + " exists");
  return fail(errno_error(errno == ENOENT ? Code::kNotFound : Code::kUnreachable, path, errno));
}

void remove_empty_folder(const std::string& path) { ::rmdir(path.c_str()); }

}  // namespace halligan::io
