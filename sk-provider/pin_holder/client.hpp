// The PIN holder, asked: by the provider to sign, by halligan for its state and to end it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "fido/request.hpp"
#include "pin_holder/message.hpp"

namespace halligan::pin_holder {

/// The socket is $RUNTIME/halligan/pin-holder.
inline constexpr const char* kFolder = "halligan";
inline constexpr const char* kSocket = "pin-holder";

/// Whatever is asked without a token has its answer within this time.
inline constexpr std::chrono::milliseconds kAnswerWait{3000};
/// A signature without a touch: the holder gives up before that.
inline constexpr std::chrono::seconds kSilentSigning{5};

/// Where a holder may be: $XDG_RUNTIME_DIR and /run/user/UID.
std::vector<std::string> runtime_folders();

/// The folder of the socket in a runtime folder, open, if both are the user's own and closed to others; errno
/// as open_private().
Descriptor open_holder_folder(const std::string& runtime);

/// Did it fail because there is no such folder, or not a private one? After anything else a holder may be
/// there.
bool is_nowhere(int error_number);

/// Names for bind(2) and connect(2) in an open folder, however long its path is.
std::string socket_in(const Descriptor& folder);

class Connection {
 public:
  /// @errors kNotFound (there is no holder) · kUnreachable (it does not accept, another user's; whether there
  /// is one cannot be seen)
  static Result<Connection> open(const std::string& runtime);

  /// The process that listens.
  pid_t peer() const { return peer_; }

  /// One question for each connection.
  /// @param given_up  asked ten times a second; true ends the wait
  /// @errors kUnreachable (closed, timed out) · kNeedsPerson (given up) · kBadInput
  Result<Answer> ask(const Call& call, std::chrono::milliseconds patience,
                     const std::function<bool()>& given_up = {});

 private:
  Connection(Descriptor fd, pid_t peer) : fd_(std::move(fd)), peer_(peer) {}

  Descriptor fd_;
  pid_t peer_;
};

/// A signature by the PIN that is held, if there is a holder and it has this key.
/// @return nothing: go on without it; why is reported unless there is no holder
std::optional<fido::Assertion> sign(const fido::Context& context, const fido::SignRequest& request);

}  // namespace halligan::pin_holder
