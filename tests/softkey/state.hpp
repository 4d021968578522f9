// Everything that a token remembers over a power cut, and its encoding.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "softkey/crypto.hpp"
#include "softkey/settings.hpp"

namespace halligan::softkey {

enum class Algorithm : std::int32_t { kEs256 = -7, kEdDsa = -8 };  // COSE numbers

struct User {
  Bytes id;  ///< 1..64 bytes
  std::optional<std::string> name;
  std::optional<std::string> display_name;
};

/// A private key and what it is bound to: resident in the state, or unwrapped from a key handle.
struct Credential {
  Bytes id;
  Algorithm algorithm = Algorithm::kEs256;
  Key32 key;
  std::uint8_t protection = 1;  ///< credProtect 1..3
  Digest rp_id_hash{};
  bool resident = false;
  // Resident credentials only:
  std::string rp_id;
  User user;
  std::uint64_t created = 0;  ///< rises with every credential made
};

using PinHash = Secret<16>;  ///< the left half of SHA-256(PIN)

inline constexpr std::uint8_t kMaxPinRetries = 8;
inline constexpr std::uint8_t kMaxUvRetries = 5;

struct State {
  Key32 device_key;       ///< wraps the keys of credentials that are not resident
  Key32 attestation_key;  ///< P-256 scalar
  Bytes attestation_certificate;
  std::uint32_t counter = 0;  ///< the last signature counter given out
  std::uint64_t created = 0;  ///< the last Credential::created
  PinHash pin_hash;           ///< empty: no PIN is set
  std::uint8_t pin_retries = kMaxPinRetries;
  std::uint8_t uv_retries = kMaxUvRetries;
  std::vector<Credential> residents;

  bool has_pin() const { return !pin_hash.empty(); }
};

/// A buffer that is wiped: the encoded state holds private keys.
using StateBytes = Secret<std::size_t{1} << 20>;

/// A token fresh from the factory.
State new_state(Env& env);

/// @return the whole state with a digest in front; null if it would not fit (it does for 256 residents of
/// maximal size).
std::unique_ptr<StateBytes> encode(const State& state);
/// @errors kBadInput: not ours, or damaged
Result<State> decode_state(ByteView encoded);

}  // namespace halligan::softkey
