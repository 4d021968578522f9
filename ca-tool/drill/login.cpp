#include "drill/login.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <sstream>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "crypto/random.hpp"
#include "io/child.hpp"
#include "io/clock.hpp"
#include "issue/preflight.hpp"

namespace halligan::drill {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kKept = 1 << 14;    // bytes of what ssh said, from its end
constexpr std::size_t kAnswer = 1 << 12;  // bytes of the answer
constexpr std::size_t kNonceSize = 16;

std::uint64_t milliseconds(Clock::duration duration) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

// A text of somebody else, as records keep them.
std::string kept(std::string_view text) {
  while (text.ends_with('\r') || text.ends_with('\n')) text.remove_suffix(1);
  return fitted(printable(text.substr(0, kLongestText / 4)), kLongestText / 4);
}

// What ssh -v says on standard error, and when.
class Talk {
 public:
  explicit Talk(Clock::time_point start) : start_(start), last_(start) {}

  void hear(std::string_view text) {
    pending_ += text;
    while (pending_.find('\n') != std::string::npos || pending_.size() > kKept) {
      const std::size_t end = std::min(pending_.find('\n'), kKept);
      line(std::string_view(pending_).substr(0, end));
      pending_.erase(0, end + 1);
    }
  }
  void step(std::string_view name) {
    if (std::ranges::find(steps_, name, &Step::name) != steps_.end()) return;
    const auto now = Clock::now();
    steps_.push_back({std::string(name), milliseconds(last_ - start_), milliseconds(now - last_)});
    last_ = now;
  }
  bool reached(std::string_view name) const {
    return std::ranges::find(steps_, name, &Step::name) != steps_.end();
  }
  bool has_said(std::string_view words) const { return said_.find(words) != std::string::npos; }

  const std::string& said() const { return said_; }
  const std::string& sshd() const { return sshd_; }
  /// Of the key that the host has proven. A banner of a host or a jump host may have lines that look like
  /// ssh's own, but it cannot take ssh's own away: where two differ, none counts.
  std::string host_key() const { return host_keys_.size() == 1 ? *host_keys_.begin() : ""; }
  std::vector<Step> take_steps() { return std::move(steps_); }

 private:
  void line(std::string_view text) {
    while (text.ends_with('\r')) text.remove_suffix(1);
    std::string_view rest = text;
    if (before(rest, "remote software version ") && text.starts_with("debug1:")) {
      if (sshd_.empty()) sshd_ = kept(rest);
      step("connect");
    } else if (text.starts_with("debug1: Server host key: ") ||
               text.starts_with("debug1: Server host certificate: ")) {
      host_keys_.insert(fingerprint_in(text));
    } else if (text.starts_with("debug1: SSH2_MSG_NEWKEYS received")) {
      step("exchange");
    } else if (text.starts_with("Authenticated to ")) {
      step("login");
    }
    // What came before the version: sshd's reason to talk to nobody.
    if (before(text, "banner line 0: ") == std::nullopt && text.starts_with("debug")) return;
    said_.append(text) += '\n';
    if (said_.size() > kKept) said_.erase(0, said_.size() - kKept);
  }

  // "debug1: Server host key: ssh-ed25519 SHA256:…", and of a certificate more after a comma.
  static std::string fingerprint_in(std::string_view text) {
    const std::size_t at = text.find(" SHA256:");
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + 1);
    return kept(text.substr(0, text.find_first_of(", ")));
  }

  Clock::time_point start_;
  Clock::time_point last_;
  std::set<std::string> host_keys_;
  std::string pending_;
  std::string said_;
  std::string sshd_;
  std::vector<Step> steps_;
};

// These precede what the person's configuration says. Nothing is asked: a drill that hangs at a question of a
// host would keep the others waiting.
std::vector<std::string> command(const issue::Login& login, const std::string& nonce) {
  std::vector<std::string> argv = login.argv;
  const std::vector<std::string> ours{"-v", "-T",
                                      "-o", "BatchMode=yes",
                                      "-o", "StrictHostKeyChecking=yes",
                                      "-o", "ClearAllForwardings=yes",
                                      "-o", "FingerprintHash=sha256",
                                      "-o", "ConnectTimeout=15"};
  argv.insert(argv.begin() + 1, ours.begin(), ours.end());
  argv.push_back(nonce);
  return argv;
}

std::string last_line(std::string_view text) {
  std::string_view last;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (!trim_start(line).empty()) last = line;
  }
  return kept(last);
}

Outcome outcome_of(const Talk& talk, bool proven) {
  if (proven) return Outcome::kOpened;
  if (talk.reached("login")) return Outcome::kNoProof;
  if (talk.has_said("Host key verification failed") || talk.has_said("HOST IDENTIFICATION HAS CHANGED"))
    return Outcome::kHostKey;
  if (talk.has_said("Not allowed at this time") || talk.has_said("Exceeded MaxStartups"))
    return Outcome::kThrottled;
  return talk.reached("exchange") ? Outcome::kRefused : Outcome::kUnreachable;
}

// The line that answers the nonce, and in it our end of the connection, which a host may not know.
struct Answer {
  std::string expected;
  std::string text{};

  bool proven() const {
    if (!text.starts_with(expected) || text.find('\n') != text.size() - 1) return false;
    const char next = text[expected.size()];
    return next == ' ' || next == '\n';
  }
  std::optional<ledger::Peer> peer() const {
    if (!proven()) return std::nullopt;
    std::istringstream words(text.substr(expected.size()));
    ledger::Peer out;
    if (!(words >> out.address >> out.port) || !whole_number<std::uint16_t>(out.port)) return std::nullopt;
    return out;
  }
};

enum class Ending { kAll, kTooLate, kStopped };

// Read both streams to their end.
Ending read_all(int out, int err, int stop, io::Deadline deadline, Answer& answer, Talk& talk) {
  std::array<pollfd, 3> polled{pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0}, pollfd{stop, POLLIN, 0}};
  while (polled[0].fd >= 0 || polled[1].fd >= 0) {
    if (!io::poll_until(polled, deadline)) return Ending::kTooLate;
    if (polled[2].revents != 0) return Ending::kStopped;
    for (pollfd& each : std::span(polled).first(2)) {
      if (each.fd < 0 || each.revents == 0) continue;
      std::array<std::uint8_t, 4096> piece;
      const ssize_t got = io::read_some(each.fd, piece);
      if (got <= 0) {
        each.fd = -1;
        continue;
      }
      const std::string_view text = as_text(ByteView(piece).first(static_cast<std::size_t>(got)));
      if (each.fd == err) {
        talk.hear(text);
      } else if (answer.text.size() < kAnswer) {
        answer.text += text;
        if (answer.proven()) talk.step("proof");
      }
    }
  }
  return Ending::kAll;
}

}  // namespace

Result<TriedLogin> log_in_for_proof(const issue::Login& login, std::chrono::milliseconds timeout, int stop) {
  TriedLogin tried;
  DrilledHost& host = tried.host;
  const auto& body = login.certificate.body;
  if (body.valid_before <= io::unix_seconds()) {
    host.outcome = Outcome::kExpired;
    host.detail = "the certificate ended before this login; -V takes a longer validity";
    return tried;
  }
  HALLIGAN_TRY(const Bytes random, crypto::random_bytes(kNonceSize));
  const std::string nonce = hex(random);
  HALLIGAN_TRY(io::Pipe out, io::make_pipe());
  HALLIGAN_TRY(io::Pipe err, io::make_pipe());
  const auto start = Clock::now();
  HALLIGAN_TRY(io::Child child,
               io::Child::start(command(login, nonce), {-1, out.write.get(), err.write.get()}));
  out.write.reset();
  err.write.reset();
  Talk talk(start);
  Answer answer{.expected = "halligan-drill " + nonce};
  const Ending ending = read_all(out.read.get(), err.read.get(), stop, start + timeout, answer, talk);
  if (ending == Ending::kAll) {
    HALLIGAN_CHECK(child.wait());
  } else {
    child.end();
  }
  host.outcome = outcome_of(talk, answer.proven());
  host.sshd = talk.sshd();
  tried.logged = {login.route.target().account, answer.peer()};
  // With -E ssh's own words go elsewhere, and those of a banner alone would be left.
  if (std::ranges::find(login.argv, "-E") == login.argv.end()) host.host_key = talk.host_key();
  // Ctrl-C at a terminal ends ssh as well, which may be seen first.
  const bool broken_off = host.outcome != Outcome::kOpened && io::readable_until(stop, Clock::now());
  if (broken_off) {
    host.outcome = Outcome::kNotReached;
    host.detail = "broken off during this login";
  } else if (host.outcome == Outcome::kNoProof) {
    host.detail = answer.text.empty() ? "it ran no forced command: " + last_line(talk.said())
                                      : "something else answered: " + kept(answer.text);
  } else if (ending == Ending::kTooLate) {
    host.detail = "no end within " + std::to_string(timeout.count() / 1000) + " s";
  } else if (host.outcome != Outcome::kOpened) {
    const issue::RefusedLogin refused{login.route, body.principals, body.valid_before, talk.said()};
    const auto reason = issue::reason_of(refused, io::unix_seconds());
    host.detail = reason ? one_line(reason->substr(0, kLongestText)) : last_line(talk.said());
  }
  if (host.outcome != Outcome::kOpened) talk.step("failure");
  host.steps = talk.take_steps();
  return tried;
}

}  // namespace halligan::drill
