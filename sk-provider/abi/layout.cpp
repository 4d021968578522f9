// The layout that OpenSSH's own build has on LP64: a wrong offset here would be silent memory corruption
// there.
#include <cstddef>

#include "abi/sk_api.h"

static_assert(sizeof(void*) == 8 && sizeof(size_t) == 8, "only LP64 is described here");

static_assert(sizeof(sk_enroll_response) == 88);
static_assert(offsetof(sk_enroll_response, flags) == 0);
static_assert(offsetof(sk_enroll_response, public_key) == 8);
static_assert(offsetof(sk_enroll_response, public_key_len) == 16);
static_assert(offsetof(sk_enroll_response, key_handle) == 24);
static_assert(offsetof(sk_enroll_response, key_handle_len) == 32);
static_assert(offsetof(sk_enroll_response, signature) == 40);
static_assert(offsetof(sk_enroll_response, signature_len) == 48);
static_assert(offsetof(sk_enroll_response, attestation_cert) == 56);
static_assert(offsetof(sk_enroll_response, attestation_cert_len) == 64);
static_assert(offsetof(sk_enroll_response, authdata) == 72);
static_assert(offsetof(sk_enroll_response, authdata_len) == 80);

static_assert(sizeof(sk_sign_response) == 40);
static_assert(offsetof(sk_sign_response, flags) == 0);
static_assert(offsetof(sk_sign_response, counter) == 4);
static_assert(offsetof(sk_sign_response, sig_r) == 8);
static_assert(offsetof(sk_sign_response, sig_r_len) == 16);
static_assert(offsetof(sk_sign_response, sig_s) == 24);
static_assert(offsetof(sk_sign_response, sig_s_len) == 32);

static_assert(sizeof(sk_resident_key) == 136);
static_assert(offsetof(sk_resident_key, alg) == 0);
static_assert(offsetof(sk_resident_key, slot) == 8);
static_assert(offsetof(sk_resident_key, application) == 16);
static_assert(offsetof(sk_resident_key, key) == 24);
static_assert(offsetof(sk_resident_key, flags) == 112);
static_assert(offsetof(sk_resident_key, user_id) == 120);
static_assert(offsetof(sk_resident_key, user_id_len) == 128);

static_assert(sizeof(sk_option) == 24);
static_assert(offsetof(sk_option, name) == 0);
static_assert(offsetof(sk_option, value) == 8);
static_assert(offsetof(sk_option, required) == 16);
