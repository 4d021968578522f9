// The small structures that several CTAP messages share, each with its parse and its encode.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "softkey/cbor.hpp"
#include "softkey/crypto.hpp"
#include "softkey/state.hpp"

namespace halligan::softkey {

/// First byte of every request. @source CTAP 2.1, section 6
enum class Command : std::uint8_t {
  kMakeCredential = 0x01,
  kGetAssertion = 0x02,
  kGetInfo = 0x04,
  kClientPin = 0x06,
  kReset = 0x07,
  kGetNextAssertion = 0x08,
  kCredentialManagement = 0x0a,
  kSelection = 0x0b,
  kCredentialManagementPreview = 0x41,
};

/// "makeCredential", or "0x99" for one we do not have.
std::string command_name(std::uint8_t command);

/// "id" and, with `full`, name and displayName. @errors kMissingParameter, kInvalidParameter,
/// kCborUnexpectedType
Outcome<User> parse_user(const CborMap& map);
Cbor encode_user(const User& user, bool full);

/// {"id": …, "type": "public-key"}
Cbor encode_descriptor(ByteView credential_id);
/// The ids of the descriptors that are public keys; others are skipped. @errors kMissingParameter,
/// kCborUnexpectedType
Outcome<std::vector<Bytes>> parse_descriptors(const std::vector<Cbor>& items);
/// @errors kMissingParameter, kCborUnexpectedType
Outcome<Bytes> parse_descriptor(const CborMap& map);

/// A key agreement key: P-256 under the algorithm number −25 (ECDH-ES + HKDF-256).
Cbor encode_agreement_key(const Point& point);
/// @errors kInvalidParameter: not such a key; kMissingParameter, kCborUnexpectedType
Outcome<Point> parse_agreement_key(const CborMap& map);

/// The public half of a credential as a COSE key.
Cbor encode_public_key(const Credential& credential);

/// "rk", "up", "uv" as they were given, or not.
struct Options {
  std::optional<bool> rk;
  std::optional<bool> up;
  std::optional<bool> uv;
};
Outcome<Options> parse_options(const CborMap& map);
/// Nothing where no option is given.
std::optional<Cbor> encode_options(const Options& options);

/// pinUvAuthParam and pinUvAuthProtocol, as they were given, or not.
struct PinUvAuth {
  std::optional<Bytes> param;
  std::optional<std::int64_t> protocol;
};

/// Flags of authenticator data. @source WebAuthn, section 6.1
enum AuthDataFlag : std::uint8_t {
  kFlagUp = 0x01,
  kFlagUv = 0x04,
  kFlagAttested = 0x40,
  kFlagExtensions = 0x80
};

/// A request or answer written down: the members that are there.
class MapBuilder {
 public:
  template <typename Key, typename Value>
  MapBuilder& add(Key key, const Value& value) {
    pairs_.emplace_back(Cbor(key), Cbor(value));
    return *this;
  }
  template <typename Key, typename Value>
  MapBuilder& add(Key key, const std::optional<Value>& value) {
    if (value) pairs_.emplace_back(Cbor(key), Cbor(*value));
    return *this;
  }
  bool empty() const { return pairs_.empty(); }
  Cbor build() { return Cbor::map(std::move(pairs_)); }

 private:
  std::vector<Cbor::Pair> pairs_;
};

/// command || map
Bytes encode_request(Command command, const Cbor& map);

}  // namespace halligan::softkey
