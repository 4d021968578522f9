// Between transport and authenticator: every CTAPHID message gets its answer and its line in the log.
#pragma once

#include <functional>
#include <string>

#include "softkey/authenticator.hpp"
#include "softkey/transport.hpp"

namespace halligan::softkey {

/// One complete CTAPHID request and what became of it.
struct Exchange {
  std::uint32_t channel = 0;
  HidCommand command = HidCommand::kPing;
  std::size_t request_length = 0;
  std::size_t reply_length = 0;
  std::string
      status;   ///< "0x00:OK", "0x36:PUAT_REQUIRED", "0x9000:OK", "error:INVALID_PAR", "aborted", "silent"
  Trace trace;  ///< of CBOR and U2F requests
  bool logged = false;
};

/// The line of README.md, without its end.
/// @param time_ms Unix time in milliseconds
std::string log_line(const Exchange& exchange, std::int64_t time_ms);

class Session {
 public:
  struct Hooks {
    std::function<void(const Exchange&)> log;
    std::function<void()> wink;
    /// Misbehaviour endless-keepalive: returns when the client or the token is gone.
    std::function<void()> stall;
  };

  Session(Transport& transport, Authenticator& authenticator, Env& env, Misbehaviour how, Hooks hooks)
      : transport_(transport),
        authenticator_(authenticator),
        env_(env),
        how_(how),
        hooks_(std::move(hooks)) {}

  /// Work on every complete message there is.
  void run();
  /// INIT, or a card's SELECT, is answered by the transport; this is its line in the log.
  /// @param question, answer their bytes
  void initialized(std::uint32_t channel, std::size_t question, std::size_t answer);

 private:
  void work(const HidMessage& message);
  void work_cbor(const HidMessage& message, Exchange& exchange);
  void work_u2f(const HidMessage& message, Exchange& exchange);
  void never_answer(Exchange& exchange);
  void reply(Exchange& exchange, ByteView payload, std::string status, const Misbehaviour& how = {});
  void fail(Exchange& exchange, HidError error);
  void log_before_answer(Exchange& exchange);
  Bytes spoil(Bytes answer) const;
  Bytes spoil_u2f(Bytes answer) const;

  Transport& transport_;
  Authenticator& authenticator_;
  Env& env_;
  Misbehaviour how_;
  Hooks hooks_;
  std::uint64_t requests_ = 0;
};

}  // namespace halligan::softkey
