// Administration of a token, which the provider must not carry: its PIN, its resident keys, a reset. Texts
// are as the token sent them: show them with printable().
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "ctap/info.hpp"
#include "fido/device.hpp"
#include "fido/request.hpp"

namespace halligan::token {

/// What the token reports about itself. A U2F token has the version "U2F_V2" and nothing else.
struct TokenInfo : ctap::Info {
  std::string name;  ///< for messages: "/dev/hidraw3 (Yubico YubiKey OTP+FIDO+CCID)"
  std::string path;
  bool replug_required = false;            ///< too many wrong PINs in a row: no PIN is accepted until then
  std::optional<std::uint64_t> pin_tries;  ///< before the PIN blocks; known if one is set
  std::optional<std::uint64_t> verification_tries;  ///< of built-in user verification, if the token has it
};

/// The only token there is, or the one that the context names, opened. Here and below a touch does not choose
/// it: any token that happens to blink might get it.
/// @errors kUsage (several tokens; the message names them) · as find_tokens() and Device::open()
Result<fido::Device> open_only_token(const fido::Context& context);

/// At most four requests, no PIN, no touch. @errors as open_only_token()
Result<TokenInfo> read_info(const fido::Context& context);

/// Check a new PIN without the token (CTAP 2.1, 6.5.1). @errors kBadInput
Result<> check_new_pin(const Pin& pin, std::uint64_t min_length);

/// Set the first PIN, or change it if `old` is given, with a single try.
/// @errors kPinRequired (wrong old PIN; the message says how many tries are left) · kExists (no old PIN, and
/// one is set) · kBadInput (the token's rules) · kNeedsPerson (blocked) · kUnsupported · as read_info()
Result<> set_pin(const fido::Context& context, const Pin& fresh, const Pin* old);

/// Destroy every key and the PIN; one touch.
/// @return false: nothing was changed, the token was plugged in too long ago (CTAP 2.1, 6.6: 10 s)
/// @errors kNeedsPerson (touch) · as read_info()
Result<bool> reset(const fido::Context& context);

/// Wait until `path` disappears and then until a token answers.
/// @errors kNeedsPerson (not in time) · kUsage (there are several now)
Result<TokenInfo> await_replug(const fido::Context& context, const std::string& path,
                               std::chrono::seconds patience);

struct Winked {
  std::string token;  ///< its name
  std::string path;
};

/// Blink, to identify one of several tokens.
/// @errors kUnreachable (the token cannot) · as read_info()
Result<Winked> wink(const fido::Context& context);

struct StoredKeys {
  std::string token;  ///< its name
  std::string path;
  std::vector<fido::ResidentKey> keys;
  std::uint64_t used = 0;  ///< slots, by the token's count
  std::uint64_t left = 0;
};

/// Every resident key in the token's order.
/// @errors kPinRequired · kUnsupported (no PIN set, no credential management) · as read_info()
Result<StoredKeys> stored_keys(const fido::Context& context);

/// How many there are, which takes fewer requests. @errors as stored_keys()
Result<std::uint64_t> count_stored_keys(const fido::Context& context);

/// Set the user name and display name of this key to those in `key`; an empty one is removed.
/// @errors kUnsupported (a token from before CTAP 2.1) · as stored_keys()
Result<> rename_stored_key(const fido::Context& context, const fido::ResidentKey& key);

/// @errors kNotFound (the token does not hold it) · as stored_keys()
Result<> delete_stored_key(const fido::Context& context, const fido::ResidentKey& key);

}  // namespace halligan::token
