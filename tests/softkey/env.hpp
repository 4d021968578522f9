// What the authenticator asks of the world around it. Every front, and every test, brings its own.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace halligan::softkey {

/// What a person is asked to touch the token for.
struct TouchRequest {
  std::string_view operation;  ///< "make a credential", "sign", "reset", …
  std::string rp_id;           ///< empty where there is none
  bool verification = false;   ///< built-in user verification: the right finger, not just any
};

enum class Touch {
  kGiven,
  kRefused,    ///< the person said no, or it was the wrong finger
  kTimeout,    ///< nobody came within the time allowed
  kCancelled,  ///< the client sent CANCEL, started afresh, or the token is going away
};

class Env {
 public:
  virtual ~Env() = default;

  /// Milliseconds of a clock that never goes back.
  virtual std::int64_t now_ms() = 0;
  virtual void random(std::span<std::uint8_t> out) = 0;
  /// Blocks for as long as the token's settings allow; the transport goes on answering meanwhile.
  virtual Touch await_touch(const TouchRequest& request) = 0;
  /// Has the person touched since this was first asked? Never waits: asked again and again, as U2F clients
  /// do; a yes is used up by being given.
  virtual bool touched(const TouchRequest& request) = 0;
  /// Long work begins: tell the client that the token is alive.
  virtual void working() = 0;
  /// Replace the stored state as a whole; when this returns, a power cut cannot undo it. @errors kUnreachable
  virtual Result<> save(ByteView state) = 0;
};

}  // namespace halligan::softkey
