#include "fido/discovery/arrival.hpp"

#include <poll.h>
#include <sys/inotify.h>

#include <array>
#include <cerrno>
#include <cstdint>

namespace halligan::fido {
namespace {

constexpr std::uint32_t kEvents = IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_ONLYDIR;

std::string parent_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

bool add_watch(int fd, std::string folder) {
  while (::inotify_add_watch(fd, folder.c_str(), kEvents) < 0) {
    if ((errno != ENOENT && errno != ENOTDIR) || folder == "/") return false;
    folder = parent_of(folder);
  }
  return true;
}

}  // namespace

std::optional<Arrival> Arrival::watch(std::vector<std::string> paths) {
  Descriptor fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd) return std::nullopt;
  if (paths.empty()) paths.emplace_back("/dev/hidraw0");
  Arrival arrival(std::move(fd), std::move(paths));
  if (!arrival.watch_folders()) return std::nullopt;
  return arrival;
}

// Watching a folder again changes nothing.
bool Arrival::watch_folders() const {
  bool watching = false;
  for (const std::string& path : paths_) watching = add_watch(fd_.get(), parent_of(path)) || watching;
  return watching;
}

bool Arrival::wait(std::chrono::milliseconds at_most) const {
  pollfd wait{fd_.get(), POLLIN, 0};
  const int ready = ::poll(&wait, 1, static_cast<int>(at_most.count()));
  if (ready < 0) return errno == EINTR;
  if (ready == 0) return false;
  alignas(inotify_event) std::array<char, 4096> events{};
  while (::read(fd_.get(), events.data(), events.size()) > 0) {
  }
  watch_folders();
  return true;
}

}  // namespace halligan::fido
