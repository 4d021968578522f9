// The layout that OpenSSH's own builds have on LP64, one version of the interface each: a wrong offset here
// would be silent memory corruption there.
#include <cstddef>

#include "abi/sk_api.h"

static_assert(sizeof(void*) == 8 && sizeof(size_t) == 8, "only LP64 is described here");

namespace {

// Where the fields of sk_enroll_response begin: after the flags, if there are any.
constexpr std::size_t kEnroll = HALLIGAN_SK_API_MAJOR >= 9 ? 8 : 0;
constexpr std::size_t kEnrollSize = HALLIGAN_SK_API_MAJOR >= 9 ? 88 : HALLIGAN_SK_API_MAJOR >= 7 ? 80 : 64;

}  // namespace

static_assert(HALLIGAN_SK_API_VERSION == (HALLIGAN_SK_API_MAJOR == 4   ? 0x00040000U
                                          : HALLIGAN_SK_API_MAJOR == 5 ? 0x00050000U
                                          : HALLIGAN_SK_API_MAJOR == 7 ? 0x00070000U
                                          : HALLIGAN_SK_API_MAJOR == 9 ? 0x00090000U
                                                                       : 0x000a0000U));

static_assert(sizeof(sk_enroll_response) == kEnrollSize);
static_assert(offsetof(sk_enroll_response, public_key) == kEnroll);
static_assert(offsetof(sk_enroll_response, public_key_len) == kEnroll + 8);
static_assert(offsetof(sk_enroll_response, key_handle) == kEnroll + 16);
static_assert(offsetof(sk_enroll_response, key_handle_len) == kEnroll + 24);
static_assert(offsetof(sk_enroll_response, signature) == kEnroll + 32);
static_assert(offsetof(sk_enroll_response, signature_len) == kEnroll + 40);
static_assert(offsetof(sk_enroll_response, attestation_cert) == kEnroll + 48);
static_assert(offsetof(sk_enroll_response, attestation_cert_len) == kEnroll + 56);
#if HALLIGAN_SK_API_MAJOR >= 7
static_assert(offsetof(sk_enroll_response, authdata) == kEnroll + 64);
static_assert(offsetof(sk_enroll_response, authdata_len) == kEnroll + 72);
#endif
#if HALLIGAN_SK_API_MAJOR >= 9
static_assert(offsetof(sk_enroll_response, flags) == 0);
#endif

static_assert(sizeof(sk_sign_response) == 40);
static_assert(offsetof(sk_sign_response, flags) == 0);
static_assert(offsetof(sk_sign_response, counter) == 4);
static_assert(offsetof(sk_sign_response, sig_r) == 8);
static_assert(offsetof(sk_sign_response, sig_r_len) == 16);
static_assert(offsetof(sk_sign_response, sig_s) == 24);
static_assert(offsetof(sk_sign_response, sig_s_len) == 32);

static_assert(offsetof(sk_resident_key, alg) == 0);
static_assert(offsetof(sk_resident_key, slot) == 8);
static_assert(offsetof(sk_resident_key, application) == 16);
static_assert(offsetof(sk_resident_key, key) == 24);
#if HALLIGAN_SK_API_MAJOR >= 9
static_assert(sizeof(sk_resident_key) == 136);
static_assert(offsetof(sk_resident_key, flags) == 112);
static_assert(offsetof(sk_resident_key, user_id) == 120);
static_assert(offsetof(sk_resident_key, user_id_len) == 128);
#elif HALLIGAN_SK_API_MAJOR >= 7
static_assert(sizeof(sk_resident_key) == 112);
static_assert(offsetof(sk_resident_key, flags) == 104);
#else
static_assert(sizeof(sk_resident_key) == 88);
#endif

static_assert(sizeof(sk_option) == 24);
static_assert(offsetof(sk_option, name) == 0);
static_assert(offsetof(sk_option, value) == 8);
static_assert(offsetof(sk_option, required) == 16);
