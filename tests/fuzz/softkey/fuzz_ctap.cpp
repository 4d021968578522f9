// The authenticator: any sequence of CTAP messages to a token with a PIN and residents. A record is one flag
// byte, two bytes of length and the message; a flag asks for a valid PIN proof on it, which no fuzzer would
// find by itself.
#include <cstdlib>
#include <optional>

#include "base/reader.hpp"
#include "softkey/authenticator.hpp"
#include "unit/softkey/fake_env.hpp"

using namespace halligan;
using namespace halligan::softkey;

namespace {

constexpr std::string_view kPin = "pin-of-fuzz";

void require(bool holds) {
  if (!holds) std::abort();
}

Bytes ask(Authenticator& token, ByteView request) {
  const Bytes answer = token.handle(request);
  require(!answer.empty());
  const ByteView body = ByteView(answer).subspan(1);
  if (answer[0] != 0) require(body.empty());
  if (!body.empty()) {
    require(check_canonical(body).has_value());
    require(same(Cbor::parse(body)->encode(), body));
  }
  return answer;
}

CborMap body_of(const Bytes& answer) {
  require(answer[0] == 0);
  return Cbor::parse(ByteView(answer).subspan(1))->as<CborMap>().value();
}

/// A pinUvAuthToken for everything, by the legacy command of protocol two; nothing once the PIN is blocked.
std::optional<Bytes> pin_token(Authenticator& token, FakeEnv& env, std::uint8_t permissions) {
  const PinCipher cipher(2);
  ClientPinRequest request;
  request.protocol = 2;
  request.command = static_cast<std::int64_t>(PinCommand::kGetKeyAgreement);
  const auto theirs = ClientPinResponse::parse(body_of(ask(token, request.encode())))->key_agreement;
  const Key32 ours = p256_generate(env);
  const SharedSecret secret = cipher.agree(ours, *theirs).value();
  request.command = static_cast<std::int64_t>(PinCommand::kGetTokenUsingPin);
  request.key_agreement = p256_public(ours);
  const Digest hash = sha256({as_bytes(kPin)});
  request.pin_hash = cipher.encrypt(secret, ByteView(hash).first(16), env);
  request.permissions = permissions;
  if (permissions != kCredentialManagement) request.rp_id = "ssh:fuzz";
  const Bytes answer = ask(token, request.encode());
  if (answer[0] != 0) return std::nullopt;
  return to_bytes(cipher.decrypt(secret, *ClientPinResponse::parse(body_of(answer))->token)->view());
}

/// The same request with a proof that holds; as it is if it is no such request.
Bytes proven(Authenticator& token, FakeEnv& env, ByteView message) {
  const auto unchanged = to_bytes(message);
  if (message.empty()) return unchanged;
  const auto item = Cbor::parse(message.subspan(1));
  const auto map = item ? item->as<CborMap>() : Outcome<CborMap>(refuse(Status::kInvalidCbor));
  if (!map) return unchanged;
  const PinCipher cipher(2);
  const auto prove = [&](std::uint8_t permission, ByteView what) -> std::optional<PinUvAuth> {
    const auto secret = pin_token(token, env, permission);
    if (!secret) return std::nullopt;
    return PinUvAuth{cipher.authenticate(*secret, what), 2};
  };
  const auto command = static_cast<Command>(message[0]);
  if (command == Command::kMakeCredential) {
    auto request = MakeCredentialRequest::parse(*map);
    if (!request) return unchanged;
    request->auth = prove(kMakeCredential, request->client_data_hash).value_or(PinUvAuth());
    return request->encode();
  }
  if (command == Command::kGetAssertion) {
    auto request = GetAssertionRequest::parse(*map);
    if (!request) return unchanged;
    request->auth = prove(kGetAssertion, request->client_data_hash).value_or(PinUvAuth());
    return request->encode();
  }
  if (command == Command::kCredentialManagement || command == Command::kCredentialManagementPreview) {
    auto request = ManagementRequest::parse(*map);
    if (!request) return unchanged;
    request->encode(command);
    request->auth = prove(kCredentialManagement, request->authenticated()).value_or(PinUvAuth());
    return request->encode(command);
  }
  return unchanged;
}

/// The state before every run: made once.
const Bytes& start() {
  static const Bytes encoded = [] {
    FakeEnv env;
    Authenticator token(Settings(), env, new_state(env));
    for (const char* user : {"a", "b"}) {
      MakeCredentialRequest request;
      request.rp_id = "ssh:fuzz";
      request.user.id = to_bytes(std::string_view(user));
      request.algorithms = {-7};
      request.options.rk = true;
      request.cred_protect = 1;
      require(ask(token, request.encode())[0] == 0);
    }
    require(token.provision_pin(as_bytes(kPin)).has_value());
    return env.saved.back();
  }();
  return encoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FakeEnv env;
  Settings settings;
  settings.resident_limit = 4;
  settings.built_in_uv = size > 0 && (data[0] & 0x80) != 0;
  Authenticator token(settings, env, decode_state(start()).value());
  Reader reader(ByteView(data, size));
  for (int messages = 0; messages < 16 && reader.left() >= 3; ++messages) {
    const std::uint8_t flags = *reader.u8();
    const std::size_t wanted = *reader.u16();
    const std::size_t length = std::min(wanted, reader.left());
    const ByteView message = *reader.take(length);
    if ((flags & 2) != 0) env.touches = {static_cast<Touch>(flags >> 2 & 3)};
    const std::uint32_t counter = token.state().counter;
    ask(token, (flags & 1) != 0 ? proven(token, env, message) : to_bytes(message));
    require(token.state().counter >= counter);
    require(token.state().residents.size() <= settings.resident_limit);
    require(token.state().pin_retries <= kMaxPinRetries);
  }
  if (!env.saved.empty()) {
    const State stored = decode_state(env.saved.back()).value();
    require(same(encode(stored)->view(), env.saved.back()));
  }
  return 0;
}
