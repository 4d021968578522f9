#include "prove/connection.hpp"

#include <fmt/format.h>

#include <array>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"

namespace halligan::prove {
namespace {

constexpr std::chrono::milliseconds kRecheck{50};  // where a part of a line has come

std::string seconds_words(std::chrono::milliseconds time) {
  return fmt::format("{} s", std::chrono::duration_cast<std::chrono::seconds>(time).count());
}

// ssh -W HOST:PORT [-J FIRST,…] LAST
std::vector<std::string> jump_command(const Target& target, const std::string& jump,
                                      std::chrono::milliseconds timeout) {
  const bool bare = target.host.find(':') == std::string::npos;
  const std::string to = (bare ? target.host : "[" + target.host + "]") + ":" + std::to_string(target.port);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout).count();
  std::vector<std::string> argv{"ssh", "-o", "BatchMode=yes", "-o", fmt::format("ConnectTimeout={}", seconds),
                                "-W",  to};
  const std::size_t comma = jump.rfind(',');
  if (comma != std::string::npos) argv.insert(argv.end(), {"-J", jump.substr(0, comma)});
  argv.insert(argv.end(), {"--", jump.substr(comma == std::string::npos ? 0 : comma + 1)});
  return argv;
}

}  // namespace

Connection::Connection(Visit visit, const Means& means, io::Deadline now)
    : visit_(std::move(visit)), means_(means), started_(now), deadline_(now + means.timeout) {}

bool Connection::advance(io::Deadline now) {
  recheck_.reset();
  while (state_ != State::kOver) {
    if (now >= deadline_) {
      over(Verdict::kUnreachable, timeout_words());
      break;
    }
    const State state = state_;
    const Next next = state == State::kStarting     ? start()
                      : state == State::kConnecting ? connect()
                      : state == State::kGreeting   ? greet(now)
                      : state == State::kExchange   ? exchange()
                                                    : ask(now);
    if (next == Next::kWaits) break;
  }
  return state_ == State::kOver;
}

pollfd Connection::polled() const {
  if (recheck_) return {-1, 0, 0};
  if (session_) return {session_->fd(), session_->events(), 0};
  return {socket_.get(), static_cast<short>(state_ == State::kConnecting ? POLLOUT : POLLIN), 0};
}

std::optional<Visit> Connection::left() const {
  if (!again_) return std::nullopt;
  Visit rest = visit_;
  rest.canaries.erase(rest.canaries.begin(), rest.canaries.begin() + static_cast<std::ptrdiff_t>(asked_));
  return rest;
}

Connection::Next Connection::start() {
  if (!means_.jump.empty()) return start_jump();
  auto fd = io::start_connect(visit_.addresses[address_]);
  if (!fd) return lost(fd.error().message);
  socket_ = std::move(*fd);
  state_ = State::kConnecting;
  return Next::kWaits;
}

Connection::Next Connection::start_jump() {
  auto pair = io::make_socket_pair();
  auto says = io::make_pipe();
  if (!pair || !says) return over(Verdict::kUnreachable, (pair ? says.error() : pair.error()).message);
  const int end = pair->theirs.get();
  auto child = io::Child::start(jump_command(*visit_.target, means_.jump, means_.timeout),
                                {end, end, says->write.get()});
  if (!child) return over(Verdict::kUnreachable, child.error().message);
  jump_.emplace(std::move(*child));
  jump_says_ = std::move(says->read);
  socket_ = std::move(pair->ours);
  state_ = State::kGreeting;
  return Next::kWaits;
}

Connection::Next Connection::connect() {
  pollfd polled{socket_.get(), POLLOUT, 0};
  if (::poll(&polled, 1, 0) == 0) return Next::kWaits;
  if (const auto connected = io::connect_error(socket_.get()); !connected)
    return lost(connected.error().message);
  state_ = State::kGreeting;
  return Next::kWaits;
}

// The next address, if there is one.
Connection::Next Connection::lost(const std::string& why) {
  if (++address_ >= visit_.addresses.size()) {
    --address_;
    return over(Verdict::kUnreachable,
                why + (visit_.addresses.size() == 1 ? "" : " (nor its other addresses)"));
  }
  state_ = State::kStarting;
  return Next::kGoesOn;
}

Connection::Next Connection::greet(io::Deadline now) {
  const auto peeked = io::peek(socket_.get(), kLongestGreeting);
  if (!peeked) return over(Verdict::kUnreachable, peeked.error().message);
  switch (read_greeting(peeked->text, peeked->ended)) {
    case Greeting::kIncomplete:
      // What has come stays in the socket, which would be readable for ever.
      if (!peeked->text.empty()) recheck_ = now + kRecheck;
      return Next::kWaits;
    case Greeting::kThrottled:
      throttled_ = true;
      return over(Verdict::kThrottled,
                  "refused before anything could be asked: " +
                      printable(trim_start(peeked->text).substr(0, peeked->text.find_first_of("\r\n"))));
    case Greeting::kOther:
      if (!peeked->text.empty()) return over(Verdict::kUnreachable, "what answers there is no SSH server");
      return over(Verdict::kUnreachable, jump_ ? jump_words() : "it closes the connection before it answers");
    case Greeting::kSsh:
      break;
  }
  const Target& target = *visit_.target;
  auto begun =
      Session::begin(std::move(socket_), visit_.account, means_.host_keys.types_of(target.host, target.port));
  if (!begun) return over(Verdict::kUnreachable, begun.error().message);
  session_.emplace(std::move(*begun));
  state_ = State::kExchange;
  return Next::kGoesOn;
}

Connection::Next Connection::exchange() {
  switch (session_->exchange()) {
    case Session::Step::kWaits:
      return Next::kWaits;
    case Session::Step::kFailed:
      return over(Verdict::kUnreachable, "key exchange: " + printable(session_->reason()));
    case Session::Step::kDone:
      break;
  }
  return check_host_key();
}

Connection::Next Connection::check_host_key() {
  const auto key = session_->host_key();
  if (!key) return over(Verdict::kUnreachable, key.error().message);
  const Target& target = *visit_.target;
  const std::string shown = crypto::fingerprint(*key);
  switch (means_.host_keys.judge(target.host, target.port, *key)) {
    case HostKeyVerdict::kKnown:
      host_key_ = shown;
      state_ = State::kAsking;
      return Next::kGoesOn;
    case HostKeyVerdict::kOther:
      return over(Verdict::kHostKey, "its host key " + shown + " is not the known one");
    case HostKeyVerdict::kRevoked:
      return over(Verdict::kHostKey, "its host key " + shown + " is revoked");
    case HostKeyVerdict::kAuthorityOnly:
      return over(Verdict::kHostKey,
                  "its host key " + shown +
                      " is unknown: only a CA of hosts is known, and prove cannot ask for host certificates");
    case HostKeyVerdict::kUnknown:
      break;
  }
  return over(Verdict::kHostKey, "its host key " + shown + " is unknown");
}

Connection::Next Connection::ask(io::Deadline now) {
  switch (session_->ask(means_.keys.at(visit_.canaries[asked_]))) {
    case Session::Reply::kWaits:
      return Next::kWaits;
    case Session::Reply::kYes:
      answer(now, Verdict::kYes, "");
      break;
    case Session::Reply::kNo:
      if (!session_->takes_public_keys()) {
        return over(Verdict::kNo, "public keys are not asked for, or not first: this account may use " +
                                      printable(session_->methods()));
      }
      answer(now, Verdict::kNo, "");
      break;
    case Session::Reply::kFailed: {
      // The refusal that is one too many has no answer of its own.
      const std::string reason = session_->reason();
      if (is_too_many_failures(reason)) {
        answer(now, Verdict::kNo, "");
      } else if (answers_.empty()) {
        return over(Verdict::kUnreachable, "the connection ended: " + printable(reason));
      }
      again_ = asked_ < visit_.canaries.size();
      state_ = State::kOver;
      return Next::kGoesOn;
    }
  }
  if (asked_ == visit_.canaries.size()) state_ = State::kOver;
  return Next::kGoesOn;
}

void Connection::answer(io::Deadline now, Verdict verdict, const std::string& detail) {
  const Canary* canary = visit_.canaries[asked_++];
  Answer out{*visit_.target, visit_.account, canary, verdict, detail};
  out.milliseconds = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now - started_).count());
  out.host_key = host_key_;
  answers_.push_back(std::move(out));
}

// The same for all that are not answered yet.
Connection::Next Connection::over(Verdict verdict, const std::string& detail) {
  while (asked_ < visit_.canaries.size()) answer(io::Deadline::clock::now(), verdict, one_line(detail));
  state_ = State::kOver;
  return Next::kGoesOn;
}

std::string Connection::timeout_words() const {
  const std::string within = " within " + seconds_words(means_.timeout);
  switch (state_) {
    case State::kConnecting:
      return "no answer from " + visit_.addresses[address_].text() + within;
    case State::kGreeting:
      return (jump_ ? "no answer through the jump host" : "connected, but no SSH server answers") + within;
    case State::kExchange:
      return "the key exchange was not finished" + within;
    default:
      return "no answer to the question" + within;
  }
}

// The last line that ssh said.
std::string Connection::jump_words() {
  std::array<std::uint8_t, 4096> said;
  std::string text;
  // The child has closed its end of the pair, and so is about to end, or has ended.
  if (io::readable_until(jump_says_.get(), deadline_)) {
    const ssize_t got = io::read_some(jump_says_.get(), said);
    if (got > 0) text = as_text(ByteView(said).first(static_cast<std::size_t>(got)));
  }
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  text.erase(0, text.rfind('\n') + 1);
  return "the jump host does not connect" + (text.empty() ? "" : ": " + printable(text));
}

}  // namespace halligan::prove
