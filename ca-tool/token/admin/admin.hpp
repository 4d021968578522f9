// What is asked of a token itself rather than of one key for a signature: what it is, its PIN, the keys that
// it stores, a reset. Texts are as the token sent them: show them with printable().
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "fido/request.hpp"

namespace halligan::token {

/// authenticatorGetInfo in plain types, and the tries that are left. @source CTAP 2.1, section 6.4
struct TokenInfo {
  std::string name;  ///< for messages: "/dev/hidraw3 (Yubico YubiKey OTP+FIDO+CCID)"
  std::string path;
  std::vector<std::string> versions;  ///< "FIDO_2_0", …
  std::vector<std::string> extensions;
  std::vector<std::string> transports;
  Bytes aaguid;  ///< 16 bytes: names the model
  std::vector<std::pair<std::string, bool>> options;
  std::vector<int> pin_protocols;
  std::vector<std::int64_t> algorithms;    ///< COSE numbers; empty if the token does not tell
  std::uint64_t min_pin_length = 4;        ///< code points
  bool pin_change_required = false;        ///< nothing works with the PIN until it is changed
  std::optional<std::uint64_t> firmware;   ///< the maker's numbering
  std::optional<std::uint64_t> room;       ///< resident keys that still fit, as the token estimates it
  bool replug_required = false;            ///< too many wrong PINs in a row: no PIN is taken until then
  std::optional<std::uint64_t> pin_tries;  ///< before the PIN blocks; known where one is set
  std::optional<std::uint64_t> verification_tries;     ///< of the token's own sensor, where it has one
  std::uint64_t max_message_size = 0;                  ///< bytes
  std::optional<std::uint64_t> max_credentials_asked;  ///< in one request
  std::optional<std::uint64_t> max_credential_id;      ///< bytes

  /// Nothing where the token does not have the option at all.
  std::optional<bool> option(std::string_view wanted) const;
  bool has(std::string_view wanted) const { return option(wanted) == true; }
};

/// What the token says of itself; at most four requests, no PIN, no touch. Here and below the token is the
/// only one there is, or the one that the context names: nobody is asked to choose by a touch.
/// @errors kUsage (several tokens; the message names them) · as find_tokens() and Device::open()
Result<TokenInfo> read_info(const fido::Context& context);

/// What may be known about a new PIN without the token (CTAP 2.1, 6.5.1). @errors kBadInput
Result<> check_new_pin(const Pin& pin, std::uint64_t min_length);

/// Set the first PIN, or change it if `old` is given; one try with the old one and no more.
/// @errors kPinRequired (wrong old PIN; the message says how many tries are left) · kExists (a first PIN, and
/// one is set) · kBadInput (the token's rules) · kNeedsPerson (blocked) · kUnsupported · as read_info()
Result<> set_pin(const fido::Context& context, const Pin& fresh, const Pin* old);

/// Destroy every key and the PIN; one touch.
/// @return false: the token was plugged in too long ago and nothing happened (CTAP 2.1, 6.6: 10 s)
/// @errors kNeedsPerson (touch) · as read_info()
Result<bool> reset(const fido::Context& context);

/// Wait until nothing is at `path` any more and then until a token answers.
/// @errors kNeedsPerson (not in time) · kUsage (there are several now)
Result<TokenInfo> await_replug(const fido::Context& context, const std::string& path,
                               std::chrono::seconds patience);

/// Which token it was.
struct Winked {
  std::string token;  ///< its name
  std::string path;
};

/// Blink, so that one of several tokens can be told from the others.
/// @errors kUnreachable (a token that cannot) · as read_info()
Result<Winked> wink(const fido::Context& context);

/// A resident key of any application and type.
struct StoredKey {
  std::string application;       ///< relying party id
  bool application_cut = false;  ///< the token kept only its beginning
  Bytes credential_id;
  std::int64_t cose = 0;                     ///< COSE algorithm number; 0: not told
  std::optional<fido::Algorithm> algorithm;  ///< nothing for what SSH has no key type for
  Bytes public_key;                          ///< as ResidentKey::public_key; empty without an algorithm
  Bytes user_id;                             ///< zero-padded to 32 bytes by OpenSSH and by enroll()
  std::string user_name;
  std::string display_name;
  int protection = 0;  ///< credProtect level 1 to 3; 0: not told
};

struct StoredKeys {
  std::string token;  ///< its name
  std::string path;
  std::vector<StoredKey> keys;
  std::uint64_t used = 0;  ///< slots, by the token's count
  std::uint64_t left = 0;
};

/// Every resident key in the token's order.
/// @errors kPinRequired · kUnsupported (no PIN set, no credential management) · as read_info()
Result<StoredKeys> stored_keys(const fido::Context& context);

/// How many there are, which costs fewer requests. @errors as stored_keys()
Result<std::uint64_t> count_stored_keys(const fido::Context& context);

/// Give the user of this key the name and display name that are in `key`; an empty one is removed.
/// @errors kUnsupported (a token from before CTAP 2.1) · as stored_keys()
Result<> rename_stored_key(const fido::Context& context, const StoredKey& key);

/// @errors kNotFound (the token does not hold it) · as stored_keys()
Result<> delete_stored_key(const fido::Context& context, const StoredKey& key);

}  // namespace halligan::token
