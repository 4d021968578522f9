// Key handles, signatures and authenticator data.
#include "softkey/authenticator.hpp"

namespace halligan::softkey {
namespace {
constexpr std::uint8_t kHandleVersion = 1;
constexpr std::size_t kHandlePlain = 35;  // version, algorithm, credProtect, private key
constexpr std::size_t kHandleSealed = kHandlePlain + 28;
}  // namespace

/// The relying party is bound by being authenticated: under another rpIdHash the handle does not open.
Bytes Authenticator::wrap(const Credential& credential) {
  Secret<kHandlePlain> plain;
  const bool fits =
      plain.append(kHandleVersion) &&
      plain.append(static_cast<std::uint8_t>(credential.algorithm == Algorithm::kEdDsa ? 1 : 0)) &&
      plain.append(credential.protection) && plain.append(credential.key.view());
  if (!fits) std::abort();
  Bytes nonce(12);
  env_.random(nonce);
  return seal(state_.device_key.view(), nonce, credential.rp_id_hash, plain.view());
}

std::optional<Credential> Authenticator::unwrap(const Bytes& id, const Digest& rp_id_hash) const {
  Secret<kHandlePlain> plain;
  if (id.size() != kHandleSealed || !plain.resize(kHandlePlain) ||
      !open_sealed(state_.device_key.view(), rp_id_hash, id, plain.data()) ||
      plain.data()[0] != kHandleVersion)
    return std::nullopt;
  Credential credential;
  credential.id = id;
  credential.algorithm = plain.data()[1] == 1 ? Algorithm::kEdDsa : Algorithm::kEs256;
  credential.protection = plain.data()[2];
  credential.rp_id_hash = rp_id_hash;
  if (!credential.key.append(plain.view().subspan(3))) std::abort();
  return credential;
}

Bytes Authenticator::sign(const Credential& credential, ByteView message) const {
  Bytes signature = credential.algorithm == Algorithm::kEdDsa ? ed25519_sign(credential.key, message)
                                                              : p256_sign(credential.key, message);
  if (settings_.misbehaviour.bad_signature) signature.back() ^= 1;
  return signature;
}

Bytes Authenticator::auth_data(const Digest& rp_id_hash, std::uint8_t flags, std::uint32_t counter) const {
  Bytes data = to_bytes(rp_id_hash);
  if (settings_.misbehaviour.wrong_rp_id_hash) data.front() ^= 1;
  data.push_back(flags);
  for (int shift = 24; shift >= 0; shift -= 8) data.push_back(static_cast<std::uint8_t>(counter >> shift));
  return data;
}

std::uint32_t Authenticator::next_counter() {
  ++state_.counter;
  // Counting down from the top keeps the stored counter honest for the next, well-behaved start.
  return settings_.misbehaviour.counter_back ? UINT32_MAX - state_.counter : state_.counter;
}

}  // namespace halligan::softkey
