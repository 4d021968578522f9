// What kind of token this is, and which lies it tells.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace halligan::softkey {

enum class CtapVersion { kU2f, k20, k21 };  ///< kU2f: U2F alone, no CTAP2
enum class Attestation { kPacked, kSelf, kNone, kFidoU2f };

/// Deliberate misbehaviour, all off unless asked for by name. INIT and getInfo stay honest unless a name says
/// otherwise: a client that cannot even open the token never gets to the interesting part.
struct Misbehaviour {
  bool wrong_rp_id_hash = false;   ///< wrong-rpid-hash: authenticator data for another relying party
  bool bad_signature = false;      ///< bad-signature: one bit of every signature is wrong
  bool garbage_cbor = false;       ///< garbage-cbor: success, followed by bytes that are no CBOR
  bool truncated_cbor = false;     ///< truncated-cbor: the second half of every answer is missing
  bool counter_back = false;       ///< counter-back: the signature counter goes down
  bool endless_keepalive = false;  ///< endless-keepalive: makeCredential, getAssertion and U2F never answer
  bool wrong_channel = false;      ///< wrong-channel: answers carry another channel
  bool wrong_sequence = false;     ///< wrong-sequence: continuation frames are numbered wrongly
  bool other_answer = false;       ///< other-answer: what uses keys gets the answer of getInfo, or of VERSION
  bool oversized_length = false;   ///< oversized-length: the announced length is 65535
  bool get_info_fails = false;     ///< getinfo-fails: getInfo answers OTHER
  bool cred_mgmt_only_0a = false;  ///< credmgmt-only-0a: no preview command 0x41
  bool cred_mgmt_only_41 = false;  ///< credmgmt-only-41: the preview command alone
  bool no_cred_protect = false;    ///< no-credprotect: the extension is neither announced nor honoured
  bool always_uv = false;          ///< always-uv: user verification for everything
  bool foreign_resident = false;  ///< foreign-resident: credMgmt lists one more "ssh:" credential, an RSA key
  bool unknown_resident = false;  ///< unknown-resident: the same with an algorithm that no client knows
  bool hostile_names = false;   ///< hostile-names: credMgmt lists two more "ssh:" credentials: one with texts
                                ///< that would steer a terminal, and one with a text that is no UTF-8
  bool trailing_bytes = false;  ///< trailing-bytes: four bytes follow the CBOR of every answer
  bool get_info_refused = false;  ///< getinfo-refused: getInfo is answered by INVALID_COMMAND of CTAP
  bool get_info_unknown = false;  ///< getinfo-unknown: getInfo is answered by CTAPHID ERROR, invalid command
  bool unprotected = false;       ///< unprotected: credProtect is announced and not applied
  bool untouched_key = false;     ///< untouched-key: a new key's data lacks the touch flag
  bool unverified_key = false;    ///< unverified-key: and that nobody was verified
  bool untouched_signature = false;   ///< untouched-signature: an assertion lacks the touch flag
  bool unverified_signature = false;  ///< unverified-signature: and that nobody was verified
  bool two_signatures = false;        ///< two-signatures: one key gives two assertions
  bool broken_resident =
      false;                 ///< broken-resident: credMgmt lists "ssh:" credentials without an ID, without a
                             ///< key and with a protection level of 7, the last without the hash of its RP
  bool unannounced = false;  ///< unannounced: getInfo does not tell of credMgmt
  bool cut_applications = false;  ///< cut-applications: credMgmt lists the first 32 bytes of an application
  bool cut_names = false;         ///< cut-names: keeps only the first 32 bytes of a display name
  bool vanish_on_touch = false;   ///< vanish-on-touch: unplugged as soon as a touch is awaited
  bool wrong_status = false;      ///< wrong-status: every U2F answer ends in 6F00
  bool short_answer = false;      ///< short-answer: one byte is all that REGISTER and AUTHENTICATE answer
  bool check_only_succeeds =
      false;  ///< check-only-succeeds: 9000 for a known handle, which is no answer to the question
  bool garbage_certificate =
      false;                  ///< garbage-certificate: what REGISTER sends as attestation certificate is none
  bool wrong_handle = false;  ///< wrong-handle: REGISTER gives out a handle that is not the key's
  bool never_touched =
      false;  ///< never-touched: REGISTER and AUTHENTICATE say "not yet" and a success behind it
  bool reset_late = false;  ///< reset-late: as if plugged in long ago, when no reset is taken any more
  bool uv_fails = false;    ///< uv-fails: the built-in sensor never recognises anybody
  // Cards only:
  bool pulled_midway = false;               ///< pulled-midway: the card is out when half of an answer is
  bool endless_response = false;            ///< endless-response: after each part of an answer there is more
  bool half_status_word = false;            ///< half-status-word: answers are one byte long
  std::optional<std::uint64_t> hang_after;  ///< hang-after=N: no answer after N requests, INIT not counted
};

/// Turn one on by the name above. @errors kUsage: unknown name, or N is not a number
Result<> misbehave(Misbehaviour& how, std::string_view name);
/// Every name, for --help.
std::vector<std::string> misbehaviour_names();

struct Settings {
  CtapVersion ctap = CtapVersion::k21;
  bool built_in_uv = false;
  bool always_uv = false;
  bool force_pin_change = false;    ///< forcePINChange of CTAP 2.1, until the PIN is changed
  std::int64_t min_pin_length = 4;  ///< in code points; a PIN that is there already may be shorter
  bool winks = true;                ///< has CTAPHID WINK
  Attestation attestation = Attestation::kPacked;
  std::size_t resident_limit = 25;
  const char* transport = "usb";  ///< in getInfo; "nfc" for a card
  Misbehaviour misbehaviour;

  bool speaks_ctap2() const { return ctap != CtapVersion::kU2f; }
  /// A token that verifies the user for everything cannot let U2F past (CTAP 2.1, section 7.2).
  bool speaks_u2f() const { return !always_uv && !misbehaviour.always_uv; }
};

/// Identifies the model "Halligan softkey"; random, ours.
inline constexpr std::array<std::uint8_t, 16> kAaguid{0x5b, 0xd1, 0x07, 0x3c, 0x0a, 0x91, 0x4e, 0x26,
                                                      0x8f, 0x3e, 0xc4, 0x72, 0x69, 0xae, 0x15, 0xf0};

}  // namespace halligan::softkey
