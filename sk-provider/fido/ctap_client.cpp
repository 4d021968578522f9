#include "fido/ctap_client.hpp"

#include <fido.h>

#include "ctap/well_formed.hpp"
#include "fido/failure.hpp"

namespace halligan::fido {
namespace {

// CTAP 2.1, 6.4: the longest answer of an authenticator over HID.
constexpr std::size_t kLargestAnswer = 7609;

// Subcommands and parameters of authenticatorClientPIN (CTAP 2.1, 6.5.5).
constexpr int kGetKeyAgreement = 0x02;
constexpr int kGetPinToken = 0x05;
constexpr int kGetTokenByUv = 0x06;
constexpr int kGetTokenByPin = 0x09;
constexpr int kProtocolKey = 0x01;
constexpr int kSubcommandKey = 0x02;
constexpr int kAgreementKey = 0x03;
constexpr int kPinHashKey = 0x06;
constexpr int kPermissionsKey = 0x09;
constexpr int kApplicationKey = 0x0a;

// A COSE key of ECDH-ES+HKDF-256 on P-256 (CTAP 2.1, 6.5.6): kty 2, alg -25, crv 1, x, y.
Bytes cose_key(const ctap::Point& point) {
  ctap::Writer key;
  key.map(5).integer(1).integer(2).integer(3).integer(-25).integer(-1).integer(1);
  key.integer(-2).bytes(point.x).integer(-3).bytes(point.y);
  return key.written();
}

bool take_coordinate(const ctap::Value& value, std::array<std::uint8_t, 32>& out) {
  const auto bytes = value.bytes();
  if (!bytes || bytes->size() != out.size()) return false;
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return true;
}

Failure invalid(const Device& device, std::string_view doing) {
  return fail(
      Error{Code::kUnreachable, "the token at " + device.name() + " sent an invalid response", kReinsert}.in(
          doing));
}

}  // namespace

Result<CtapClient::Reply> CtapClient::ask(Request request, ByteView parameters, std::string_view doing,
                                          Waits waits) {
  Bytes message{request};
  append(message, parameters);
  Bytes answer(kLargestAnswer);
  Transport& transport = device_.transport();
  std::optional<Transport::Prompt> prompt;
  if (waits == Waits::kNo) prompt.emplace(transport);
  std::optional<std::size_t> size;
  if (transport.send(Command::kCbor, message))
    size = transport.receive(Command::kCbor, answer, device_.timeout());
  if (!size || *size == 0) return fail(device_.failure(FIDO_ERR_RX, doing));
  Reply reply;
  reply.status = answer[0];
  const ByteView body = ByteView(answer).first(*size).subspan(1);
  if (body.empty()) return reply;
  reply.value = ctap::Value::parse(ctap::front_item(body));
  if (!reply.value) return invalid(device_, doing);
  return reply;
}

Result<ctap::Value> CtapClient::need(Request request, ByteView parameters, std::string_view doing,
                                     Waits waits) {
  HALLIGAN_TRY(Reply reply, ask(request, parameters, doing, waits));
  if (reply.status != FIDO_OK)
    return fail(device_.failure(reply.status, doing, device_.pin_tries_after(reply.status)));
  if (!reply.value) return invalid(device_, doing);
  return std::move(reply.value);
}

bool CtapClient::can_verify(const Device& device, const Context& context) {
  if (!device.is_ctap2() || device.info().pin_protocols.empty()) return false;
  if (context.pin != nullptr) return device.has_pin();
  return device.has_user_verification() && device.info().has("pinUvAuthToken");
}

Result<ctap::PinProtocol> CtapClient::agree(std::string_view doing) {
  const int version = device_.info().pin_protocols.front();
  ctap::Writer parameters;
  parameters.map(2).integer(kProtocolKey).integer(version).integer(kSubcommandKey).integer(kGetKeyAgreement);
  HALLIGAN_TRY(const ctap::Value answer, need(kClientPin, parameters.written(), doing));
  const ctap::Value key = answer.find(1);
  ctap::Point point;
  if (take_coordinate(key.find(-2), point.x) && take_coordinate(key.find(-3), point.y)) {
    if (auto protocol = ctap::PinProtocol::agree(version, point)) return *std::move(protocol);
  }
  return invalid(device_, doing);
}

Result<ctap::PinUvAuthToken> CtapClient::pin_uv_auth_token(const Context& context, std::uint8_t permissions,
                                                           const std::string& application,
                                                           std::string_view doing) {
  HALLIGAN_TRY(const ctap::PinProtocol protocol, agree(doing));
  // Before CTAP 2.1 a token has all permissions.
  const bool permits = device_.info().has("pinUvAuthToken");
  const bool pin = context.pin != nullptr;
  const int subcommand = !permits ? kGetPinToken : pin ? kGetTokenByPin : kGetTokenByUv;
  ctap::Writer parameters;
  parameters.map(3 + (pin ? 1 : 0) + (permits ? 1 : 0) + (permits && !application.empty() ? 1 : 0));
  parameters.integer(kProtocolKey).integer(protocol.version()).integer(kSubcommandKey).integer(subcommand);
  parameters.integer(kAgreementKey).item(cose_key(protocol.public_key()));
  if (pin) parameters.integer(kPinHashKey).bytes(protocol.encrypt_pin_hash(context.pin->view()));
  if (permits) parameters.integer(kPermissionsKey).integer(permissions);
  if (permits && !application.empty()) parameters.integer(kApplicationKey).text(application);
  const Waits waits = subcommand == kGetTokenByUv ? Waits::kForPerson : Waits::kNo;
  HALLIGAN_TRY(const ctap::Value answer, need(kClientPin, parameters.written(), doing, waits));
  const auto bytes = answer.find(2).bytes();
  auto token = bytes ? protocol.decrypt_token(*bytes) : std::nullopt;
  if (!token) return invalid(device_, doing);
  return *std::move(token);
}

}  // namespace halligan::fido
