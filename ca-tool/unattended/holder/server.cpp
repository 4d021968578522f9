#include "unattended/holder/server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/codec.hpp"
#include "base/private_file.hpp"
#include "base/uninterrupted.hpp"
#include "pin_holder/client.hpp"

namespace halligan::unattended {
namespace {

using namespace std::chrono_literals;

// A request is small, and sent at once.
constexpr std::chrono::milliseconds kRequestWait{2000};
constexpr std::size_t kMostPeers = 16;
constexpr int kBacklog = 32;
constexpr std::ptrdiff_t kOwnEvents = 5;
constexpr std::uint32_t kChanges =
    IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_ONLYDIR;

Failure no_socket(int error_number) {
  return fail(errno_error(Code::kUnreachable, "cannot listen as the PIN holder", error_number));
}

bool bind_in(const Descriptor& folder, const Descriptor& fd) {
  const std::string path = pin_holder::socket_in(folder);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  return ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool is_ours(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

}  // namespace

Result<Descriptor> make_holder_folder(const std::string& runtime) {
  const Descriptor parent = open_private(AT_FDCWD, runtime.c_str(), O_RDONLY | O_DIRECTORY, S_IFDIR);
  if (parent) ::mkdirat(parent.get(), pin_holder::kFolder, 0700);
  Descriptor folder = pin_holder::open_holder_folder(runtime);
  if (folder) return folder;
  if (!pin_holder::is_nowhere(errno)) return io::path_failure(runtime + "/" + pin_holder::kFolder, errno);
  return fail(Code::kUnreachable, printable(runtime) + " has no private folder for the PIN holder's socket",
              "it and its folder halligan must be yours, with mode 0700; or set XDG_RUNTIME_DIR");
}

Result<HolderSocket> HolderSocket::listen(const std::string& runtime) {
  HALLIGAN_TRY(Descriptor folder, make_holder_folder(runtime));
  const auto other = pin_holder::Connection::open(runtime);
  if (other)
    return fail(Code::kUnreachable, "another PIN holder listens in " + printable(runtime),
                "end it first: halligan lock");
  if (other.error().code != Code::kNotFound) return fail(other.error());
  ::unlinkat(folder.get(), pin_holder::kSocket, 0);  // of one that was killed
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  Descriptor changes(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  const std::string watched = "/proc/self/fd/" + std::to_string(folder.get());
  if (!changes || ::inotify_add_watch(changes.get(), watched.c_str(), kChanges) < 0) return no_socket(errno);
  struct stat status {};
  if (!fd || !bind_in(folder, fd) || ::listen(fd.get(), kBacklog) != 0 ||
      ::fstatat(folder.get(), pin_holder::kSocket, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return no_socket(errno);
  return HolderSocket(std::move(folder), std::move(fd), std::move(changes), status.st_ino);
}

bool HolderSocket::is_there() const {
  alignas(inotify_event) std::array<char, 4096> events{};
  while (::read(changes_.get(), events.data(), events.size()) > 0) {
  }
  struct stat status {};
  return ::fstatat(folder_.get(), pin_holder::kSocket, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         status.st_ino == inode_;
}

void HolderSocket::remove() {
  if (listener_ && is_there()) ::unlinkat(folder_.get(), pin_holder::kSocket, 0);
  listener_.reset();
}

void Server::serve() {
  while (!holder_.over()) {
    look(true);
    while (!holder_.over() && sign_next()) {
    }
  }
  // Nobody finds it from here on, and then the PIN goes.
  socket_.remove();
  holder_.wipe();
  for (Peer& peer : peers_)
    if (peer.waits_for_the_end) answer(peer, pin_holder::LockedAnswer{});
  peers_.clear();
}

// @param wait  until something happens
void Server::look(bool wait) {
  std::vector<pollfd> polled{{holder_.node().fd(), 0, 0},
                             {timer_.get(), POLLIN, 0},
                             {signals_.get(), POLLIN, 0},
                             {socket_.changes(), POLLIN, 0},
                             {socket_.fd(), POLLIN, 0}};
  std::optional<io::Deadline> until;
  for (const Peer& peer : peers_) {
    // One that has said all that it may say is only looked at in case it goes.
    const bool silent = peer.call || peer.waits_for_the_end;
    polled.push_back({peer.fd.get(), static_cast<short>(silent ? POLLRDHUP : POLLIN), 0});
    if (!silent) until = std::min(until.value_or(peer.until), peer.until);
  }
  io::poll_until(polled, wait ? until : std::optional(io::Deadline::clock::now()));
  note_the_end(polled[0].revents != 0, polled[1].revents != 0, polled[2].revents != 0);
  if (polled[3].revents != 0 && !socket_.is_there()) holder_.end("its socket was removed");
  auto event = polled.begin() + kOwnEvents;
  const auto now = io::Deadline::clock::now();
  for (Peer& peer : peers_) {
    const short happened = (event++)->revents;
    if (peer.call || peer.waits_for_the_end) {
      if ((happened & (POLLRDHUP | POLLHUP | POLLERR)) != 0) peer.done = true;
    } else if (happened != 0) {
      receive(peer);
    } else if (now >= peer.until) {
      peer.done = true;
    }
  }
  if (polled[4].revents != 0) accept_one();
  peers_.remove_if([&](const Peer& peer) { return peer.done && &peer != served_; });
}

void Server::note_the_end(bool hung_up, bool timed_out, bool signalled) {
  if (hung_up) holder_.end("the token was removed");
  if (timed_out) holder_.end("its time is over");
  if (signalled) holder_.end("it was told to end");
}

void Server::accept_one() {
  Descriptor fd(::accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd || !is_ours(fd.get())) return;
  if (peers_.size() >= kMostPeers) {
    // Whoever has sent no request makes room.
    const auto silent =
        std::ranges::find_if(peers_, [](const Peer& peer) { return !peer.call && !peer.waits_for_the_end; });
    if (silent == peers_.end()) return;
    peers_.erase(silent);
  }
  peers_.push_back({std::move(fd), io::Deadline::clock::now() + kRequestWait});
  receive(peers_.back());
}

void Server::receive(Peer& peer) {
  std::array<std::uint8_t, 1024> piece;
  const ssize_t got = uninterrupted([&] { return ::recv(peer.fd.get(), piece.data(), piece.size(), 0); });
  if (got < 0 && errno == EAGAIN) return;
  peer.done = true;
  if (got <= 0) return;
  append(peer.received, ByteView(piece).first(static_cast<std::size_t>(got)));
  if (peer.received.size() >= pin_holder::kFrameHead) {
    const ByteView received(peer.received);
    const auto size = pin_holder::parse_head(received.first(pin_holder::kFrameHead));
    if (!size || received.size() > pin_holder::kFrameHead + *size) return;
    if (received.size() == pin_holder::kFrameHead + *size) {
      if (const auto call = pin_holder::parse_call(received.subspan(pin_holder::kFrameHead)))
        take(peer, *call);
      return;
    }
  }
  peer.done = false;
}

void Server::take(Peer& peer, const pin_holder::Call& call) {
  if (const auto* asked = std::get_if<pin_holder::SignCall>(&call)) {
    peer.call = *asked;
    peer.done = false;
  } else if (const auto* lock = std::get_if<pin_holder::LockCall>(&call)) {
    holder_.lock(*lock);
    peer.waits_for_the_end = holder_.over().has_value();
    peer.done = false;
    if (!peer.waits_for_the_end) answer(peer, pin_holder::LockedAnswer{});
  } else {
    answer(peer, holder_.status());
  }
}

// It fits into the socket's buffer, or whoever asked does not read.
void Server::answer(Peer& peer, const pin_holder::Answer& answer) {
  const Bytes sent = pin_holder::frame(answer);
  (void)::send(peer.fd.get(), sent.data(), sent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  peer.done = true;
}

// @return false: nobody waits
bool Server::sign_next() {
  const auto next = std::ranges::find_if(peers_, [](const Peer& peer) { return peer.call && !peer.done; });
  if (next == peers_.end()) return false;
  served_ = &*next;
  const auto made = holder_.sign(*next->call, *this);
  if (!next->done) answer(*next, made);
  served_ = nullptr;
  peers_.erase(next);
  return true;
}

bool Server::cancelled() {
  look(false);
  return holder_.over().has_value() || (served_ != nullptr && served_->done);
}

}  // namespace halligan::unattended
