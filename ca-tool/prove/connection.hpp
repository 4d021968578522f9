// One visit to one host: connect, let it prove its key, ask for one account with some canaries, leave.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "io/child.hpp"
#include "io/tcp.hpp"
#include "prove/answer.hpp"
#include "prove/session.hpp"

namespace halligan::prove {

/// What is to be asked in one connection.
struct Visit {
  const Target* target;
  std::string account;
  std::vector<const Canary*> canaries;      ///< at least one
  std::vector<io::TcpAddress> addresses{};  ///< none: through the jump host
};

/// What a visit needs besides.
struct Means {
  const HostKeys& host_keys;
  const std::map<const Canary*, AskedKey>& keys;
  std::string jump;  ///< as in ssh -J; empty: none
  std::chrono::milliseconds timeout;
};

class Connection {
 public:
  Connection(Visit visit, const Means& means, io::Deadline now);

  /// Do all that can be done without waiting. @return is the visit over?
  bool advance(io::Deadline now);
  /// For poll(); fd is -1 where only time is waited for.
  pollfd polled() const;
  /// When to call advance() even if nothing has come.
  io::Deadline wake() const { return std::min(deadline_, recheck_.value_or(deadline_)); }

  io::Deadline started() const { return started_; }
  std::vector<Answer> take_answers() { return std::move(answers_); }
  /// What is left to be asked in another connection: sshd ended this one after it had answered.
  std::optional<Visit> left() const;
  bool throttled() const { return throttled_; }

 private:
  enum class State { kStarting, kConnecting, kGreeting, kExchange, kAsking, kOver };
  enum class Next { kWaits, kGoesOn };

  Next start();
  Next start_jump();
  Next connect();
  Next greet(io::Deadline now);
  Next exchange();
  Next ask(io::Deadline now);
  Next check_host_key();
  Next over(Verdict verdict, const std::string& detail);
  void answer(io::Deadline now, Verdict verdict, const std::string& detail);
  std::string where() const;
  std::string timeout_words() const;
  std::string jump_words();
  Next lost(const std::string& why);

  Visit visit_;
  const Means& means_;
  io::Deadline started_;
  io::Deadline deadline_;
  State state_ = State::kStarting;
  std::size_t address_ = 0;  // of the visit's, which is connected to
  std::size_t asked_ = 0;    // canaries that are answered
  std::optional<io::Deadline> recheck_;
  Descriptor socket_;
  std::optional<io::Child> jump_;
  Descriptor jump_says_;
  std::optional<Session> session_;
  std::vector<Answer> answers_;
  std::string host_key_;  // its fingerprint, once it is the known one
  bool throttled_ = false;
  bool again_ = false;
};

}  // namespace halligan::prove
