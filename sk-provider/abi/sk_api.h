/*
 * The interface between OpenSSH and a SecurityKeyProvider, declared from its published layout. It changed
 * with OpenSSH's releases, and each accepts only a library of its own version, HALLIGAN_SK_API_MAJOR:
 *
 *    4  OpenSSH 8.2         the message to sign comes as its SHA-256
 *    5  8.3                 the message itself; same structs
 *    7  8.4 to 8.8          authdata of an enrollment, flags of a resident key
 *    9  8.9 and 9.0         flags of an enrollment, user id of a resident key
 *   10  9.1 and later       overwriting is requested, and refused with an error of its own; same structs
 *
 * There was no release with version 6 or 8. Everything that is returned comes from malloc(3); OpenSSH frees
 * it after it has closed the library. The offsets are asserted in abi/layout.cpp.
 */
#ifndef HALLIGAN_ABI_SK_API_H
#define HALLIGAN_ABI_SK_API_H

#include "abi/sk_common.h"

#ifndef HALLIGAN_SK_API_MAJOR
#error "HALLIGAN_SK_API_MAJOR says which version is meant"
#endif

#define HALLIGAN_SK_API_VERSION \
  (HALLIGAN_SK_API_MAJOR * 0x10000U) /* the upper half is what OpenSSH compares */

#ifdef __cplusplus
extern "C" {
#endif

struct sk_enroll_response {
#if HALLIGAN_SK_API_MAJOR >= 9
  uint8_t flags; /* become the flags of the key file; before, the requested ones did */
#endif
  uint8_t* public_key; /* ECDSA: 04 X Y, 65 bytes; Ed25519: 32 bytes */
  size_t public_key_len;
  uint8_t* key_handle;
  size_t key_handle_len;
  uint8_t* signature; /* of the attestation */
  size_t signature_len;
  uint8_t* attestation_cert; /* X.509 DER */
  size_t attestation_cert_len;
#if HALLIGAN_SK_API_MAJOR >= 7
  uint8_t* authdata; /* CBOR byte string; NULL in a resident key: OpenSSH would not free it there */
  size_t authdata_len;
#endif
};

struct sk_sign_response {
  uint8_t flags;    /* exactly as signed */
  uint32_t counter; /* exactly as signed */
  uint8_t* sig_r;   /* ECDSA: r, big-endian; Ed25519: the 64 bytes of the signature */
  size_t sig_r_len;
  uint8_t* sig_s; /* ECDSA: s; Ed25519: NULL */
  size_t sig_s_len;
};

struct sk_resident_key {
  uint32_t alg;
  size_t slot;
  char* application;
  struct sk_enroll_response key;
#if HALLIGAN_SK_API_MAJOR >= 7
  uint8_t flags; /* OpenSSH reads HALLIGAN_SK_USER_VERIFICATION alone, and assumes touch and resident */
#endif
#if HALLIGAN_SK_API_MAJOR >= 9
  uint8_t* user_id;
  size_t user_id_len;
#endif
};

#define HALLIGAN_SK_EXPORT __attribute__((visibility("default")))

/* `options` is an array of pointers that ends in NULL, or NULL for none. */
HALLIGAN_SK_EXPORT uint32_t sk_api_version(void);

HALLIGAN_SK_EXPORT int sk_enroll(uint32_t alg, const uint8_t* challenge, size_t challenge_len,
                                 const char* application, uint8_t flags, const char* pin,
                                 struct sk_option** options, struct sk_enroll_response** enroll_response);

/* `data` is the message itself, which the provider hashes; in version 4 its SHA-256. */
HALLIGAN_SK_EXPORT int sk_sign(uint32_t alg, const uint8_t* data, size_t data_len, const char* application,
                               const uint8_t* key_handle, size_t key_handle_len, uint8_t flags,
                               const char* pin, struct sk_option** options,
                               struct sk_sign_response** sign_response);

HALLIGAN_SK_EXPORT int sk_load_resident_keys(const char* pin, struct sk_option** options,
                                             struct sk_resident_key*** resident_keys, size_t* nresident_keys);

#ifdef __cplusplus
}
#endif

#endif
