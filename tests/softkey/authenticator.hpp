// The authenticator: CTAP and U2F messages in, CTAP messages out. No transport, no clock, no file: see Env.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "softkey/apdu.hpp"
#include "softkey/ctap/client_pin.hpp"
#include "softkey/ctap/credential_management.hpp"
#include "softkey/ctap/get_assertion.hpp"
#include "softkey/ctap/make_credential.hpp"
#include "softkey/env.hpp"
#include "softkey/pin_protocol.hpp"
#include "softkey/puat.hpp"
#include "softkey/settings.hpp"
#include "softkey/state.hpp"

namespace halligan::softkey {

/// What the last request was about, for the log. Nothing secret.
struct Trace {
  std::string command = "-";
  std::string subcommand = "-";
  Options options;
  std::string rp_id;
};

inline constexpr std::size_t kMaxMessageSize = 2048;      // what libfido2 receives at most
inline constexpr std::size_t kMaxCredentialsInList = 16;  // 16 descriptors of ours fit a message
inline constexpr std::size_t kMaxCredentialIdLength = 128;

class Authenticator {
 public:
  /// Powers up: the three wrong PINs and the ten seconds for a reset start here.
  Authenticator(Settings settings, Env& env, State state);

  /// The same for one whose power was cut and came back: what it remembers is what it had stored.
  void power_up();

  /// One request, command byte first. @return status byte, then CBOR if there is any
  Bytes handle(ByteView request);
  /// One U2F command, an APDU. Never waits: what wants a touch is answered with "conditions not satisfied"
  /// until it is there, and the client asks again. @return what there is to say, then the status word
  Bytes handle_u2f(ByteView apdu);
  const Trace& trace() const { return trace_; }

  /// Sets the PIN if none is set, as a factory would; no protocol involved.
  /// @errors kBadInput: shorter than 4 or longer than 63 bytes, kExists: a PIN is set, kUnreachable: not
  /// stored
  Result<> provision_pin(ByteView pin);
  const State& state() const { return state_; }

 private:
  using Answer = Outcome<std::optional<Cbor>>;
  enum class Presence { kNone, kTouched };

  Answer dispatch(std::uint8_t command, ByteView body);
  Outcome<CborMap> parse_map(ByteView body) const;
  bool permitted(Command command) const;

  // getInfo (get_info.cpp)
  Cbor get_info() const;
  Cbor info_options() const;

  // makeCredential
  Answer make_credential(const MakeCredentialRequest& request);
  Outcome<> check_excluded(const MakeCredentialRequest& request, bool verified);
  Outcome<Credential> create_credential(const MakeCredentialRequest& request, Algorithm algorithm);
  Bytes attested_data(const Credential& credential) const;
  MakeCredentialResponse attest(const Credential& credential, const Bytes& auth_data,
                                const Digest& hash) const;

  // getAssertion
  Answer get_assertion(const GetAssertionRequest& request);
  Answer get_next_assertion();
  Outcome<std::vector<Credential>> applicable(const GetAssertionRequest& request, bool verified) const;
  /// What the assertions for one request have in common.
  struct Asked {
    Digest client_data_hash{};
    std::uint8_t flags = 0;
    bool names = false;  ///< of the accounts are told
    std::optional<HmacSecretInput> hmac_secret{};
  };
  Outcome<GetAssertionResponse> assert_with(const Credential& credential, const Asked& asked);
  Outcome<Bytes> hmac_secret(const Credential& credential, const HmacSecretInput& input, bool verified);

  // What both have in common (user_verification.cpp)
  struct Verified {
    bool verified = false;
    bool touched = false;
  };
  Outcome<> answer_empty_auth(const PinUvAuth& auth, std::string_view operation, const std::string& rp_id);
  Outcome<> check_protocol(const PinUvAuth& auth) const;
  Outcome<Verified> verify_user(const PinUvAuth& auth, bool uv, std::uint8_t permission, ByteView hash,
                                std::string_view operation, const std::string& rp_id);
  Outcome<> built_in_uv(std::string_view operation, const std::string& rp_id);
  Outcome<> touch(std::string_view operation, const std::string& rp_id);
  bool verify_token(const PinUvAuth& auth, ByteView message);
  void spend_token();
  bool is_protected() const { return state_.has_pin() || settings_.built_in_uv; }
  /// What "uv" gets from a token without a sensor; the versions of the specification differ.
  Status no_uv_status() const {
    return settings_.ctap == CtapVersion::k20 ? Status::kUnsupportedOption : Status::kInvalidOption;
  }
  bool must_change_pin() const {
    return settings_.force_pin_change && settings_.ctap == CtapVersion::k21 && state_.has_pin();
  }
  bool always_uv() const { return settings_.always_uv || settings_.misbehaviour.always_uv; }

  // clientPIN
  Answer client_pin(const ClientPinRequest& request);
  Outcome<> set_pin(const ClientPinRequest& request, PinProtocol& protocol);
  Outcome<> change_pin(const ClientPinRequest& request, PinProtocol& protocol);
  Outcome<Bytes> token_using_pin(const ClientPinRequest& request, PinProtocol& protocol, bool legacy);
  Outcome<Bytes> token_using_uv(const ClientPinRequest& request, PinProtocol& protocol);
  Outcome<> pin_not_blocked() const;
  Outcome<> check_pin(const Bytes& encrypted_hash, const SharedSecret& secret, PinProtocol& protocol);
  Outcome<> store_pin(ByteView padded, std::int64_t least_characters);
  Outcome<> check_permissions(const ClientPinRequest& request) const;
  Bytes issue_token(const SharedSecret& secret, PinProtocol& protocol, std::uint8_t permissions,
                    const std::string& rp_id, bool present);
  Outcome<PinProtocol*> protocol(std::int64_t number);

  // credentialManagement
  struct Listed {
    std::string rp_id;
    ManagementResponse entry;
  };
  Answer manage(const ManagementRequest& request, bool preview);
  Outcome<> authorize(const ManagementRequest& request, const std::optional<std::string>& rp_id);
  Answer credentials_metadata() const;
  Answer enumerate_rps();
  Answer enumerate_credentials(const ManagementRequest& request);
  Answer next_rp();
  Answer next_credential();
  Answer delete_credential(const ManagementRequest& request);
  void cut_names(User& user) const;
  Answer update_user(const ManagementRequest& request);
  std::vector<Listed> listing() const;
  Outcome<Credential*> resident(const ManagementRequest& request);

  // U2F
  using U2fAnswer = tl::expected<Bytes, StatusWord>;
  U2fAnswer dispatch_u2f(const Apdu& apdu);
  static Bytes u2f_registration(const Credential& credential, ByteView hash);
  U2fAnswer register_u2f(const Apdu& apdu);
  U2fAnswer authenticate_u2f(const Apdu& apdu);

  // Credentials
  std::optional<Credential> find(const Bytes& id, const Digest& rp_id_hash) const;
  Bytes wrap(const Credential& credential);
  std::optional<Credential> unwrap(const Bytes& id, const Digest& rp_id_hash) const;
  Bytes sign(const Credential& credential, ByteView message) const;
  Bytes auth_data(const Digest& rp_id_hash, std::uint8_t flags, std::uint32_t counter) const;
  std::uint32_t next_counter();

  Answer reset();
  void new_secrets();
  Outcome<> persist();
  void forget_enumerations();

  Settings settings_;
  Env& env_;
  State state_;
  Trace trace_;
  std::int64_t powered_up_ms_;
  bool broken_ =
      false;  ///< the state could not be stored: nothing is answered any more, lest a counter goes back

  PinProtocol one_;
  PinProtocol two_;
  PinUvAuthToken puat_;
  int wrong_pins_ = 0;  ///< in a row since power-up

  struct NextAssertions {
    Asked asked;
    std::vector<Credential> credentials;  ///< the next one at the back
    std::int64_t asked_ms = 0;
  };
  std::optional<NextAssertions> next_assertions_;
  std::vector<ManagementResponse> next_rps_;          ///< the next one at the back
  std::vector<ManagementResponse> next_credentials_;  ///< the next one at the back
};

}  // namespace halligan::softkey
