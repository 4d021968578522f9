// A connection to GnuPG's agent. libassuan has the protocol (lines, escapes, inquiries); from here are who is
// at the other end, how long it may take, and what comes back as a value.
#pragma once

#include <assuan.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/handle.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "io/descriptor.hpp"

namespace halligan::unattended {

/// Why GnuPG refuses: what a caller decides by.
enum class Refusal {
  kNone,
  kWrongPin,     ///< also if the card says that no PIN was verified
  kPinBlocked,   ///< no tries are left
  kCancelled,    ///< it would have asked for a PIN, which it may not
  kNoCard,       ///< no reader, or no card in it
  kUnknownName,  ///< of an attribute, in an older version
  kOther,
};

struct GnupgReply {
  Refusal refusal = Refusal::kNone;
  std::string why{};  ///< in GnuPG's words
  Bytes data{};
  std::vector<std::string> lines{};  ///< of status: "KEYWORD ARGUMENTS"

  bool is_ok() const { return refusal == Refusal::kNone; }
  /// The arguments of the first line of this keyword.
  std::optional<std::string_view> line(std::string_view keyword) const;
};

class Assuan {
 public:
  /// @param until  the end of all that is asked through it @errors as io::UnixSocket::connect(), kUnreachable
  static Result<Assuan> connect(const std::string& socket, io::Deadline until);

  /// @param pin  what the first inquiry gets; every other one, and all without it, are cancelled
  /// @errors kUnreachable: no answer in time, or closed. A refusal is a reply.
  Result<GnupgReply> ask(const std::string& command, const Pin* pin = nullptr);

 private:
  Assuan() = default;

  std::string socket_;
  std::unique_ptr<io::Deadline> until_;               // which libassuan points to
  Handle<assuan_context_s, assuan_release> context_;  // wipes what it has sent and received
};

}  // namespace halligan::unattended
