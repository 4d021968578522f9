#include "abi/pack.hpp"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

namespace halligan::abi {
namespace {

// Owns what was allocated until the response is complete.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() {
    for (void* block : blocks_) std::free(block);
  }

  template <typename T>
  T* zeroed(std::size_t count = 1) {
    blocks_.reserve(blocks_.size() + 1);
    void* block = std::calloc(count, sizeof(T));
    if (block == nullptr) throw std::bad_alloc();
    blocks_.push_back(block);
    return static_cast<T*>(block);
  }

  /// A copy, or NULL and 0 for nothing.
  void copy(ByteView data, std::uint8_t*& to, std::size_t& size) {
    if (data.empty()) return;
    to = zeroed<std::uint8_t>(data.size());
    std::memcpy(to, data.data(), data.size());
    size = data.size();
  }

  char* text(const std::string& value) {
    char* copy = zeroed<char>(value.size() + 1);
    std::memcpy(copy, value.data(), value.size());
    return copy;
  }

  void release() { blocks_.clear(); }

 private:
  std::vector<void*> blocks_;
};

}  // namespace

void pack(const fido::Enrolled& key, std::uint8_t flags, sk_enroll_response** out) {
  Arena arena;
  auto* response = arena.zeroed<sk_enroll_response>();
#if HALLIGAN_SK_API_MAJOR >= 9
  response->flags = flags;
#else
  (void)flags;    // OpenSSH writes the requested flags into the key file
#endif
  arena.copy(key.public_key, response->public_key, response->public_key_len);
  arena.copy(key.key_handle, response->key_handle, response->key_handle_len);
  arena.copy(key.attestation_signature, response->signature, response->signature_len);
  arena.copy(key.attestation_certificate, response->attestation_cert, response->attestation_cert_len);
#if HALLIGAN_SK_API_MAJOR >= 7
  arena.copy(key.auth_data, response->authdata, response->authdata_len);
#endif
  arena.release();
  *out = response;
}

void pack(const fido::Assertion& assertion, sk_sign_response** out) {
  Arena arena;
  auto* response = arena.zeroed<sk_sign_response>();
  response->flags = assertion.flags;
  response->counter = assertion.counter;
  arena.copy(assertion.signature, response->sig_r, response->sig_r_len);
  arena.copy(assertion.signature_s, response->sig_s, response->sig_s_len);
  arena.release();
  *out = response;
}

void pack(const std::vector<fido::ResidentKey>& keys, sk_resident_key*** out, std::size_t* count) {
  if (keys.empty()) return;  // NULL and 0, as the caller has set them
  Arena arena;
  auto** list = arena.zeroed<sk_resident_key*>(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const fido::ResidentKey& key = keys[i];
    auto* packed = arena.zeroed<sk_resident_key>();
    packed->alg = key.algorithm == fido::Algorithm::kEcdsa ? HALLIGAN_SK_ECDSA : HALLIGAN_SK_ED25519;
    packed->slot = i;
    packed->application = arena.text(key.application);
    // The token does not store that a key was made without touch, so a touch is required.
    std::uint8_t flags = HALLIGAN_SK_USER_PRESENCE | HALLIGAN_SK_RESIDENT_KEY;
    if (key.verify) flags |= HALLIGAN_SK_USER_VERIFICATION;
    arena.copy(key.public_key, packed->key.public_key, packed->key.public_key_len);
    arena.copy(key.key_handle, packed->key.key_handle, packed->key.key_handle_len);
#if HALLIGAN_SK_API_MAJOR >= 7
    packed->flags = flags;
#else
    (void)flags;  // no field for it: every key is loaded as one that requires a touch and no verification
#endif
#if HALLIGAN_SK_API_MAJOR >= 9
    packed->key.flags = flags;
    arena.copy(key.user_id, packed->user_id, packed->user_id_len);
#endif
    list[i] = packed;
  }
  arena.release();
  *out = list;
  *count = keys.size();
}

}  // namespace halligan::abi
