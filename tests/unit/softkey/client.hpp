// A client of the authenticator, made of the same message types and the client's half of the PIN protocols.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "fake_env.hpp"
#include "softkey/authenticator.hpp"

namespace halligan::softkey {

inline const std::string kRp = "ssh:unit";
inline const std::string kPin = "pass-word";
inline constexpr std::int64_t kEs256 = -7;
inline constexpr std::int64_t kEdDsa = -8;

struct Reply {
  Status status = Status::kOther;
  Bytes body;

  CborMap map() const { return Cbor::parse(body).value().as<CborMap>().value(); }
};

inline std::ostream& operator<<(std::ostream& out, Status status) { return out << name(status); }

class Client {
 public:
  explicit Client(Settings settings = {}, bool with_pin = false, int protocol = 2)
      : settings_(settings), cipher_(protocol) {
    power_up(new_state(env));
    if (with_pin) REQUIRE(token().provision_pin(as_bytes(kPin)));
  }

  FakeEnv env;

  Authenticator& token() { return *token_; }
  /// Pull the plug: the token starts again with what was stored last.
  void power_cycle() { power_up(decode_state(env.saved.back()).value()); }
  void power_cycle(Settings settings) {
    settings_ = settings;
    power_cycle();
  }

  Reply send(ByteView request) {
    const Bytes answer = token_->handle(request);
    REQUIRE_FALSE(answer.empty());
    const Reply reply{static_cast<Status>(answer[0]), Bytes(answer.begin() + 1, answer.end())};
    // Whatever it says is canonical, and a refusal says nothing more.
    if (!reply.body.empty()) REQUIRE(check_canonical(reply.body));
    if (reply.status != Status::kOk) REQUIRE(reply.body.empty());
    return reply;
  }
  Reply send(Command command) { return send(Bytes{static_cast<std::uint8_t>(command)}); }

  ClientPinResponse pin(ClientPinRequest request, Status expected = Status::kOk) {
    if (!request.protocol) request.protocol = cipher_.version();
    const Reply reply = send(request.encode());
    CHECK(reply.status == expected);
    if (reply.status != Status::kOk || reply.body.empty()) return {};
    return ClientPinResponse::parse(reply.map()).value();
  }
  ClientPinRequest pin_request(PinCommand command) {
    ClientPinRequest request;
    request.command = static_cast<std::int64_t>(command);
    return request;
  }

  /// Fresh key agreement; fills in our half.
  SharedSecret agree(ClientPinRequest& request) {
    const Point theirs = *pin(pin_request(PinCommand::kGetKeyAgreement)).key_agreement;
    const Key32 ours = p256_generate(env);
    request.key_agreement = p256_public(ours);
    return cipher_.agree(ours, theirs).value();
  }
  Bytes hash_of(const SharedSecret& secret, std::string_view pin) {
    const Digest digest = sha256({as_bytes(pin)});
    return cipher_.encrypt(secret, ByteView(digest).first(16), env);
  }

  void set_pin(std::string_view pin, Status expected = Status::kOk) {
    auto request = pin_request(PinCommand::kSetPin);
    const SharedSecret secret = agree(request);
    request.new_pin = cipher_.encrypt(secret, padded(pin), env);
    request.param = cipher_.authenticate(secret.view(), *request.new_pin);
    this->pin(request, expected);
  }
  void change_pin(std::string_view old_pin, std::string_view new_pin, Status expected = Status::kOk) {
    auto request = pin_request(PinCommand::kChangePin);
    const SharedSecret secret = agree(request);
    request.new_pin = cipher_.encrypt(secret, padded(new_pin), env);
    request.pin_hash = hash_of(secret, old_pin);
    Bytes message = *request.new_pin;
    append(message, *request.pin_hash);
    request.param = cipher_.authenticate(secret.view(), message);
    this->pin(request, expected);
  }

  /// A token by PIN with permissions; 0: the legacy command. Empty if refused as expected.
  Bytes get_token(std::string_view pin, std::uint8_t permissions, const std::string& rp_id = kRp,
                  Status expected = Status::kOk) {
    auto request = pin_request(permissions == 0 ? PinCommand::kGetPinToken : PinCommand::kGetTokenUsingPin);
    const SharedSecret secret = agree(request);
    request.pin_hash = hash_of(secret, pin);
    return open_token(request, secret, permissions, rp_id, expected);
  }
  Bytes get_uv_token(std::uint8_t permissions, const std::string& rp_id = kRp,
                     Status expected = Status::kOk) {
    auto request = pin_request(PinCommand::kGetTokenUsingUv);
    const SharedSecret secret = agree(request);
    return open_token(request, secret, permissions, rp_id, expected);
  }
  PinUvAuth sign(const Bytes& pin_token, ByteView message) {
    return {cipher_.authenticate(pin_token, message), cipher_.version()};
  }

  MakeCredentialRequest make_request(std::optional<bool> rk = {}, const std::string& user = "user") {
    MakeCredentialRequest request;
    request.client_data_hash.fill(0x11);
    request.rp_id = kRp;
    request.user = {to_bytes(user), user, std::nullopt};
    request.algorithms = {kEs256};
    request.options.rk = rk;
    return request;
  }
  GetAssertionRequest get_request(std::vector<Bytes> allow = {}) {
    GetAssertionRequest request;
    request.rp_id = kRp;
    request.client_data_hash.fill(0x22);
    request.allow_list = std::move(allow);
    return request;
  }

  /// The new credential's id.
  Bytes make(const MakeCredentialRequest& request) {
    const Reply reply = send(request.encode());
    REQUIRE(reply.status == Status::kOk);
    return credential_id(MakeCredentialResponse::parse(reply.map()).value().auth_data);
  }
  Bytes make_with_pin(MakeCredentialRequest request) {
    request.auth = sign(get_token(kPin, kMakeCredential, request.rp_id), request.client_data_hash);
    return make(request);
  }
  Status try_make(const MakeCredentialRequest& request) { return send(request.encode()).status; }
  Status try_get(const GetAssertionRequest& request) { return send(request.encode()).status; }
  GetAssertionResponse get(const GetAssertionRequest& request) {
    const Reply reply = send(request.encode());
    REQUIRE(reply.status == Status::kOk);
    return GetAssertionResponse::parse(reply.map()).value();
  }

  ManagementRequest management(ManagementCommand command) {
    ManagementRequest request;
    request.command = static_cast<std::int64_t>(command);
    return request;
  }
  Reply manage(ManagementRequest request, const Bytes& pin_token,
               Command with = Command::kCredentialManagement) {
    request.encode(with);  // fills the parameters, which are what is signed
    if (!pin_token.empty()) request.auth = sign(pin_token, request.authenticated());
    return send(request.encode(with));
  }

  static Bytes credential_id(const Bytes& auth_data) {
    const std::size_t size = static_cast<std::size_t>(auth_data.at(53) << 8 | auth_data.at(54));
    return {auth_data.begin() + 55, auth_data.begin() + 55 + static_cast<std::ptrdiff_t>(size)};
  }
  static std::uint8_t flags(const Bytes& auth_data) { return auth_data.at(32); }
  static std::uint32_t counter(const Bytes& auth_data) {
    std::uint32_t value = 0;
    for (std::size_t i = 33; i < 37; ++i) value = value << 8 | auth_data.at(i);
    return value;
  }
  static Bytes padded(std::string_view pin) {
    Bytes bytes = to_bytes(pin);
    bytes.resize(std::max<std::size_t>(64, (bytes.size() + 15) / 16 * 16));
    return bytes;
  }

 private:
  void power_up(State state) {
    token_.reset();
    token_.emplace(settings_, env, std::move(state));
  }
  Bytes open_token(ClientPinRequest request, const SharedSecret& secret, std::uint8_t permissions,
                   const std::string& rp_id, Status expected) {
    if (permissions != 0) request.permissions = permissions;
    if (permissions != 0 && !rp_id.empty()) request.rp_id = rp_id;
    const ClientPinResponse response = pin(request, expected);
    if (!response.token) return {};
    return to_bytes(cipher_.decrypt(secret, *response.token).value().view());
  }

  Settings settings_;
  PinCipher cipher_;
  std::optional<Authenticator> token_;
};

}  // namespace halligan::softkey
