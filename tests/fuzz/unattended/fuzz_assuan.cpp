// What gpg-agent says, whatever it is: the parts of the input, separated by zero bytes, are its greeting and
// its answers to each line that it gets. The PIN goes to nobody who has not inquired, and only once.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/codec.hpp"
#include "io/descriptor.hpp"
#include "ssh/check.hpp"
#include "unattended/assuan.hpp"

using namespace halligan;

namespace {

constexpr std::string_view kPin = "57-fuzz-3160";
constexpr std::size_t kMostData = 16 * 1024;
constexpr std::chrono::seconds kWait{5};

// Not io::ScratchFolder, which would hold back the signals that end a fuzzer.
struct Folder {
  std::string path = std::filesystem::temp_directory_path() / "fuzz_assuan.XXXXXX";

  Folder() { demand(::mkdtemp(path.data()) != nullptr); }
  ~Folder() { std::filesystem::remove_all(path); }
};

struct Listener {
  std::string path;
  Descriptor fd;

  Listener() {
    std::signal(SIGPIPE, SIG_IGN);
    static const Folder kFolder;
    path = kFolder.path + "/agent";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    demand(path.copy(address.sun_path, sizeof address.sun_path - 1) == path.size());
    fd = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    demand(fd && ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    demand(::listen(fd.get(), 8) == 0);
  }
};

std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> out;
  while (true) {
    const std::size_t end = text.find('\0');
    out.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

// Speaks until it has nothing more to say, then closes; it does not wait long for a line. @return what it
// heard, and what it had said before
struct Heard {
  std::string line;
  std::string said;
};
std::vector<Heard> speak(int listener, const std::vector<std::string>& parts) {
  std::vector<Heard> heard;
  const Descriptor connection(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  const timeval patience{.tv_sec = 0, .tv_usec = 20000};
  ::setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string said;
  std::string pending;
  for (const std::string& part : parts) {
    if (::send(connection.get(), part.data(), part.size(), MSG_NOSIGNAL) < 0) break;
    said += part;
    std::array<char, 4096> piece;
    while (pending.find('\n') == std::string::npos) {
      const ssize_t got = ::read(connection.get(), piece.data(), piece.size());
      if (got == 0) return heard;
      if (got < 0) break;
      pending.append(piece.data(), static_cast<std::size_t>(got));
    }
    for (std::size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
      heard.push_back({pending.substr(0, end), said});
      pending.erase(0, end + 1);
    }
  }
  return heard;
}

void check_reply(const Result<unattended::GnupgReply>& reply) {
  if (!reply) return;
  demand(reply->data.size() <= kMostData && !plays_tricks(reply->why));
  for (const std::string& each : reply->lines) demand(each.find('\n') == std::string::npos);
  (void)reply->line("CHV-STATUS");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 65536) return 0;
  static const Listener listener;
  const auto parts = parts_of(as_text({data, size}));
  std::vector<Heard> heard;
  {
    std::jthread agent([&] { heard = speak(listener.fd.get(), parts); });
    auto client = unattended::Assuan::connect(listener.path, io::Deadline::clock::now() + kWait);
    if (client) {
      Pin pin;
      demand(pin.append(as_bytes(kPin)));
      check_reply(client->ask("SCD SERIALNO openpgp"));
      check_reply(client->ask("SCD CHECKPIN 1", &pin));
      check_reply(client->ask("SCD GETATTR CHV-STATUS"));
    }
  }
  int sent = 0;
  for (const Heard& each : heard) {
    if (each.line.find(kPin) == std::string::npos) continue;
    ++sent;
    demand(each.line.starts_with("D ") && each.said.find("INQUIRE") != std::string::npos);
  }
  demand(sent <= 1);
  return 0;
}
