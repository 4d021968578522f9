#include "pin_holder/client.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "base/private_file.hpp"
#include "base/uninterrupted.hpp"
#include "ctap/digest.hpp"

namespace halligan::pin_holder {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kTick{100};
// The holder ends a request that waits for a touch after the same time as the provider itself would.
constexpr std::chrono::seconds kMargin{3};

Failure silent() { return fail(Code::kUnreachable, "the PIN holder does not answer"); }

Result<> receive(int fd, std::span<std::uint8_t> out, Clock::time_point until,
                 const std::function<bool()>& given_up) {
  while (!out.empty()) {
    if (given_up && given_up()) return fail(Code::kNeedsPerson, "cancelled");
    const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
    if (left <= milliseconds(0)) return silent();
    pollfd wait{fd, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(std::min(left, kTick).count())) <= 0) continue;
    const ssize_t got = ::recv(fd, out.data(), out.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got < 0) return fail(errno_error(Code::kUnreachable, "the PIN holder", errno));
    if (got == 0) return fail(Code::kUnreachable, "the PIN holder ended the connection");
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

// The token's answer was checked by the holder; what it answers is checked as a token's would be.
Result<fido::Assertion> assertion_of(SignedAnswer answer, const fido::SignRequest& request) {
  const bool ed25519 = request.algorithm == fido::Algorithm::kEd25519;
  if (answer.signature_s.empty() != ed25519)
    return fail(Code::kBadInput, "the PIN holder answered with another type of signature");
  if ((request.touch && (answer.flags & fido::kUserPresent) == 0) ||
      (answer.flags & fido::kUserVerified) == 0)
    return fail(Code::kBadInput, "the PIN holder answered without the requested touch or verification");
  fido::Assertion out;
  out.flags = answer.flags;
  out.counter = answer.counter;
  out.signature = std::move(answer.signature);
  out.signature_s = std::move(answer.signature_s);
  out.token = std::move(answer.token);
  return out;
}

Result<SignCall> call_of(const fido::SignRequest& request) {
  if (request.key_handle.size() > kLongestText || request.application.size() > kLongestText)
    return fail(Code::kBadInput, "the key is too long for the PIN holder");
  SignCall call;
  call.algorithm = request.algorithm;
  call.touch = request.touch;
  call.application = request.application;
  call.key_handle = to_bytes(request.key_handle);
  if (request.message_is_hash) {
    if (request.message.size() != call.hash.size()) return fail(Code::kBadInput, "not a hash");
    std::ranges::copy(request.message, call.hash.begin());
  } else {
    call.hash = ctap::sha256(request.message);
  }
  return call;
}

// It answers this at once, also while it signs for somebody else: one that does not has been stopped.
Result<std::string> token_name(const std::string& runtime) {
  HALLIGAN_TRY(Connection connection, Connection::open(runtime));
  HALLIGAN_TRY(auto answer, connection.ask(StatusCall{}, kAnswerWait));
  if (auto* status = std::get_if<StatusAnswer>(&answer)) return std::move(status->token);
  return fail(Code::kBadInput, "the PIN holder answered something else");
}

Result<fido::Assertion> sign_by(const std::string& runtime, const fido::Context& context,
                                const fido::SignRequest& request) {
  HALLIGAN_TRY(const std::string token, token_name(runtime));
  HALLIGAN_TRY(Connection connection, Connection::open(runtime));
  HALLIGAN_TRY(const SignCall call, call_of(request));
  const auto end = Clock::now() + (request.touch ? context.settings.timeout : kSilentSigning);
  int ticks = 0;
  const auto wait = [&] {
    if (context.presence == nullptr) return false;
    const auto left = std::chrono::ceil<std::chrono::seconds>(end - Clock::now());
    // Whatever needs no touch, a refusal above all, comes before the second tick.
    if (++ticks > 2 && request.touch)
      context.presence->touch_awaited(token, std::max(left, std::chrono::seconds(0)));
    return context.presence->cancelled();
  };
  auto answer = connection.ask(call, std::chrono::ceil<milliseconds>(end - Clock::now()) + kMargin, wait);
  if (ticks > 2 && request.touch) context.presence->touch_over();
  if (!answer) return fail(std::move(answer).error());
  if (const auto* refused = std::get_if<RefusedAnswer>(&*answer)) {
    if (refused->unknown) return fail(Code::kNotFound, "the PIN holder does not have this key");
    return fail(Code::kNo, "the PIN holder refused: " + printable(refused->why));
  }
  if (auto* signed_now = std::get_if<SignedAnswer>(&*answer))
    return assertion_of(std::move(*signed_now), request);
  return fail(Code::kBadInput, "the PIN holder answered something else");
}

}  // namespace

std::vector<std::string> runtime_folders() {
  std::vector<std::string> folders;
  const char* runtime = ::secure_getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && *runtime == '/') folders.emplace_back(runtime);
  std::string usual = "/run/user/" + std::to_string(::geteuid());
  if (folders.empty() || folders.front() != usual) folders.push_back(std::move(usual));
  return folders;
}

Descriptor open_holder_folder(const std::string& runtime) {
  const Descriptor parent = open_private(AT_FDCWD, runtime.c_str(), O_RDONLY | O_DIRECTORY, S_IFDIR);
  if (!parent) return {};
  return open_private(parent.get(), kFolder, O_RDONLY | O_DIRECTORY, S_IFDIR);
}

bool is_nowhere(int error_number) {
  constexpr std::array kNowhere{ENOENT, ENOTDIR, EACCES, ELOOP, EPERM};
  return std::ranges::find(kNowhere, error_number) != kNowhere.end();
}

std::string socket_in(const Descriptor& folder) {
  return "/proc/self/fd/" + std::to_string(folder.get()) + "/" + kSocket;
}

Result<Connection> Connection::open(const std::string& runtime) {
  const Failure none = fail(Code::kNotFound, "no PIN is held");
  const Descriptor folder = open_holder_folder(runtime);
  if (!folder && is_nowhere(errno)) return none;
  if (!folder)
    return fail(errno_error(Code::kUnreachable, "cannot see whether a PIN is held", errno),
                "try again; whoever holds one lets it go when the token is removed");
  const std::string path = socket_in(folder);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  // Non-blocking: whoever listens and does not accept is not waited for.
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto connect = [&] {
    return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  };
  if (!fd || uninterrupted(connect) != 0) {
    if (fd && (errno == ENOENT || errno == ECONNREFUSED)) return none;
    return fd && errno == EAGAIN ? silent() : fail(errno_error(Code::kUnreachable, "the PIN holder", errno));
  }
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != ::geteuid())
    return fail(Code::kUnreachable, "the PIN holder is another user's");
  return Connection(std::move(fd), peer.pid);
}

Result<Answer> Connection::ask(const Call& call, milliseconds patience,
                               const std::function<bool()>& given_up) {
  const auto until = Clock::now() + patience;
  const Bytes sent = frame(call);
  const ssize_t written =
      uninterrupted([&] { return ::send(fd_.get(), sent.data(), sent.size(), MSG_NOSIGNAL); });
  if (written != static_cast<ssize_t>(sent.size())) return silent();
  std::array<std::uint8_t, kFrameHead> head{};
  HALLIGAN_CHECK(receive(fd_.get(), head, until, given_up));
  HALLIGAN_TRY(const std::size_t length, parse_head(head));
  Bytes message(length);
  HALLIGAN_CHECK(receive(fd_.get(), message, until, given_up));
  return parse_answer(message);
}

std::optional<fido::Assertion> sign(const fido::Context& context, const fido::SignRequest& request) {
  for (const std::string& runtime : runtime_folders()) {
    auto made = sign_by(runtime, context, request);
    if (made) {
      debug("signed by the PIN holder");
      return *std::move(made);
    }
    if (made.error().code != Code::kNotFound) complain(made.error().message);
  }
  return std::nullopt;
}

}  // namespace halligan::pin_holder
