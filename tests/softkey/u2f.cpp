// U2F (CTAP1) over the same keys: a handle made either way works the other way, since what CTAP2 calls the
// SHA-256 of the relying party's id U2F calls the application parameter. @source FIDO U2F Raw Message
// Formats 1.2; CTAP 2.1, section 10
#include <algorithm>

#include "base/codec.hpp"
#include "softkey/authenticator.hpp"

namespace halligan::softkey {
namespace {

constexpr std::string_view kVersion = "U2F_V2";
constexpr std::uint8_t kRegistrationReserved = 0x05;
constexpr std::size_t kParameters = 64;  // challenge and application

tl::unexpected<StatusWord> refuse(StatusWord status) { return tl::unexpected<StatusWord>(status); }

std::string u2f_command(std::uint8_t ins) {
  switch (static_cast<U2fCommand>(ins)) {
    case U2fCommand::kRegister:
      return "REGISTER";
    case U2fCommand::kAuthenticate:
      return "AUTHENTICATE";
    case U2fCommand::kVersion:
      return "VERSION";
  }
  return "0x" + hex(Bytes{ins});
}

/// Two bytes at the end, as every answer has them.
Bytes finish(Bytes body, StatusWord status) {
  body.push_back(static_cast<std::uint8_t>(static_cast<std::uint16_t>(status) >> 8));
  body.push_back(static_cast<std::uint8_t>(status));
  return body;
}

}  // namespace

Bytes Authenticator::handle_u2f(ByteView message) {
  trace_ = Trace();
  const auto apdu = Apdu::parse(message);
  const U2fAnswer reply = apdu ? dispatch_u2f(*apdu) : refuse(apdu.error());
  return reply ? finish(*reply, StatusWord::kOk) : finish({}, reply.error());
}

Authenticator::U2fAnswer Authenticator::dispatch_u2f(const Apdu& apdu) {
  trace_.command = u2f_command(apdu.ins);
  if (broken_) return refuse(StatusWord::kUnknown);
  if (apdu.cla != 0) return refuse(StatusWord::kClaNotSupported);
  switch (static_cast<U2fCommand>(apdu.ins)) {
    case U2fCommand::kRegister:
      return register_u2f(apdu);
    case U2fCommand::kAuthenticate:
      return authenticate_u2f(apdu);
    case U2fCommand::kVersion:
      if (!apdu.data.empty()) return refuse(StatusWord::kWrongLength);
      return to_bytes(kVersion);
  }
  return refuse(StatusWord::kInsNotSupported);
}

// P1 is not looked at: there are clients that set its bits for a proof of presence (0x03) or for their own
// attestation.
/// What REGISTER's attestation signs. @source U2F Raw Message Formats 1.2, section 4.3; WebAuthn, section 8.6
Bytes Authenticator::u2f_registration(const Credential& credential, ByteView hash) {
  Bytes message{0};
  append(message, credential.rp_id_hash);
  append(message, hash);
  append(message, credential.id);
  append(message, sec1(p256_public(credential.key)));
  return message;
}

Authenticator::U2fAnswer Authenticator::register_u2f(const Apdu& apdu) {
  if (apdu.data.size() != kParameters) return refuse(StatusWord::kWrongLength);
  if (!env_.touched({"register", {}, false})) return refuse(StatusWord::kConditionsNotSatisfied);
  Credential credential;
  std::copy_n(apdu.data.begin() + 32, 32, credential.rp_id_hash.begin());
  credential.key = p256_generate(env_);
  credential.id = wrap(credential);
  if (settings_.misbehaviour.wrong_handle) credential.id.back() ^= 1;

  const Bytes public_key = sec1(p256_public(credential.key));
  Bytes signature =
      p256_sign(state_.attestation_key, u2f_registration(credential, ByteView(apdu.data).first(32)));
  if (settings_.misbehaviour.bad_signature) signature.back() ^= 1;
  Bytes certificate = state_.attestation_certificate;
  if (settings_.misbehaviour.garbage_certificate)
    std::fill(certificate.begin() + 4, certificate.end(), std::uint8_t{0xff});

  Bytes reply{kRegistrationReserved};
  append(reply, public_key);
  reply.push_back(static_cast<std::uint8_t>(credential.id.size()));
  append(reply, credential.id);
  append(reply, certificate);
  append(reply, signature);
  return reply;
}

Authenticator::U2fAnswer Authenticator::authenticate_u2f(const Apdu& apdu) {
  const auto control = static_cast<U2fControl>(apdu.p1);
  const bool enforce = control == U2fControl::kEnforce;
  const bool check_only = control == U2fControl::kCheckOnly;
  if (!enforce && !check_only && control != U2fControl::kDontEnforce)
    return refuse(StatusWord::kWrongParameters);
  trace_.subcommand = enforce ? "enforce" : check_only ? "check-only" : "dont-enforce";
  trace_.options.up = enforce;
  if (apdu.data.size() < kParameters + 1 || apdu.data.size() != kParameters + 1 + apdu.data[kParameters])
    return refuse(StatusWord::kWrongLength);

  Digest application{};
  std::copy_n(apdu.data.begin() + 32, 32, application.begin());
  const auto credential = find({apdu.data.begin() + kParameters + 1, apdu.data.end()}, application);
  // Neither a key of another type nor one that wants a PIN is there for U2F (CTAP 2.1, section 12.1).
  if (!credential || credential->algorithm != Algorithm::kEs256 || credential->protection == 3)
    return refuse(StatusWord::kWrongData);
  if (check_only) {
    if (settings_.misbehaviour.check_only_succeeds) return Bytes();
    return refuse(StatusWord::kConditionsNotSatisfied);
  }
  if (enforce && !env_.touched({"sign", {}, false})) return refuse(StatusWord::kConditionsNotSatisfied);

  const Bytes data = auth_data(application, static_cast<std::uint8_t>(enforce ? kFlagUp : 0), next_counter());
  if (!persist())
    return refuse(StatusWord::kUnknown);  // the counter is on the disk before the signature leaves
  Bytes message = data;
  append(message, ByteView(apdu.data).first(32));
  Bytes reply(data.begin() + 32, data.end());  // presence and counter; the client knows the application
  append(reply, sign(*credential, message));
  return reply;
}

}  // namespace halligan::softkey
