// What is said between the PIN holder and those who ask it. No message has a PIN in it.
//
// A frame is u32 length and that many bytes: u8 version, u8 kind, and the members in the order in which they
// are declared. Numbers are big-endian; a text or a sequence of bytes is u16 length and its bytes, a list is
// u8 count and its texts.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "fido/request.hpp"

namespace halligan::pin_holder {

inline constexpr std::uint8_t kVersion = 1;
inline constexpr std::size_t kLongestText = 1024;  ///< also of a key handle
inline constexpr std::size_t kMostTexts = 64;      ///< of a list
inline constexpr std::size_t kFrameHead = 4;
inline constexpr std::size_t kLargestMessage = 2 + 16 + kMostTexts * (2 + kLongestText);

/// Sign with the PIN that is held.
struct SignCall {
  fido::Algorithm algorithm = fido::Algorithm::kEcdsa;  ///< u8: 0 ECDSA, 1 Ed25519
  bool touch = false;                                   ///< u8
  std::array<std::uint8_t, 32> hash{};                  ///< SHA-256 of what is signed
  std::string application{};
  Bytes key_handle{};

  bool operator==(const SignCall&) const = default;
};

/// Until when, and for which keys?
struct StatusCall {
  bool operator==(const StatusCall&) const = default;
};

/// Forget the keys that have one of these names, and the PIN with the last of them. No names: all.
struct LockCall {
  std::vector<std::string> names{};

  bool operator==(const LockCall&) const = default;
};

using Call = std::variant<SignCall, StatusCall, LockCall>;

struct SignedAnswer {
  std::uint8_t flags = 0;
  std::uint32_t counter = 0;
  std::string token{};
  Bytes signature{};    ///< as fido::Signature
  Bytes signature_s{};  ///< likewise

  bool operator==(const SignedAnswer&) const = default;
};

struct RefusedAnswer {
  bool unknown = false;  ///< u8: not one of the keys that it has
  std::string why{};

  bool operator==(const RefusedAnswer&) const = default;
};

struct StatusAnswer {
  std::uint64_t until = 0;  ///< Unix seconds
  std::string token{};
  std::vector<std::string> keys{};  ///< public keys, as SSH has them on the wire

  bool operator==(const StatusAnswer&) const = default;
};

struct LockedAnswer {
  bool operator==(const LockedAnswer&) const = default;
};

using Answer = std::variant<SignedAnswer, RefusedAnswer, StatusAnswer, LockedAnswer>;

/// With the length in front. Texts that are too long are cut, lists likewise.
Bytes frame(const Call& call);
Bytes frame(const Answer& answer);

/// A message without its length: what is accepted is framed to the same bytes.
/// @errors kBadInput (another version or kind, a number or length that is not allowed, an end that is not
/// there)
Result<Call> parse_call(ByteView message);
Result<Answer> parse_answer(ByteView message);

/// The length in front of a message. @errors kBadInput (nothing, or too large)
Result<std::size_t> parse_head(ByteView head);

}  // namespace halligan::pin_holder
