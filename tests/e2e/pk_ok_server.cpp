// An SSH server that costs little: it says PK_OK to every question about a public key and lets nobody in. For
// measuring how many hosts `halligan prove` asks.
//
//   pk_ok_server HOST_KEY COUNT    listens on COUNT addresses of loopback, from 127.1.0.1, and prints the
//   port
#include <fcntl.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

int listen_on(std::uint32_t address, std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(address);
  name.sin_port = htons(port);
  socklen_t size = sizeof name;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0 || ::listen(fd, 64) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    std::perror("pk_ok_server");
    std::exit(1);
  }
  port = ntohs(name.sin_port);
  return fd;
}

void serve(ssh_bind bind, int peer) {
  const ssh_session session = ssh_new();
  if (ssh_bind_accept_fd(bind, session, peer) == SSH_OK && ssh_handle_key_exchange(session) == SSH_OK) {
    while (const ssh_message message = ssh_message_get(session)) {
      if (ssh_message_type(message) == SSH_REQUEST_SERVICE) {
        ssh_message_service_reply_success(message);
      } else if (ssh_message_type(message) == SSH_REQUEST_AUTH &&
                 ssh_message_subtype(message) == SSH_AUTH_METHOD_PUBLICKEY) {
        ssh_message_auth_reply_pk_ok_simple(message);
      } else {
        ssh_message_reply_default(message);
      }
      ssh_message_free(message);
    }
  }
  ssh_disconnect(session);
  ssh_free(session);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGPIPE, SIG_IGN);
  const ssh_bind bind = ssh_bind_new();
  const bool no = false;
  ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);
  ssh_bind_options_set(bind, SSH_BIND_OPTIONS_HOSTKEY, argv[1]);
  std::vector<pollfd> sockets;
  std::uint16_t port = 0;
  for (int i = 0; i < std::atoi(argv[2]); ++i)
    sockets.push_back({listen_on(0x7F010001U + static_cast<std::uint32_t>(i), port), POLLIN, 0});
  std::printf("port %d\n", port);
  std::fflush(stdout);
  // One connection after another in each process; those that wait are the kernel's.
  for (int i = 1; i < 8; ++i) {
    if (::fork() == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      break;
    }
  }
  while (::poll(sockets.data(), sockets.size(), -1) >= 0) {
    for (const pollfd& each : sockets) {
      if ((each.revents & POLLIN) == 0) continue;
      const int peer = ::accept4(each.fd, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer >= 0) serve(bind, peer);
    }
  }
  return 1;
}
