/*
 * The interface between OpenSSH and a SecurityKeyProvider, version 0x000a0000 (OpenSSH 9.1 and later),
 * declared from its published layout. Everything that is returned comes from malloc(3); OpenSSH frees it
 * after it has closed the library. The offsets are asserted in abi/layout.cpp.
 */
#ifndef HALLIGAN_ABI_SK_API_H
#define HALLIGAN_ABI_SK_API_H

#include <stddef.h>
#include <stdint.h>

#define HALLIGAN_SK_API_VERSION 0x000a0000U /* the upper half must match what OpenSSH was built with */

/* Key and request flags. */
#define HALLIGAN_SK_USER_PRESENCE 0x01U     /* want a touch */
#define HALLIGAN_SK_USER_VERIFICATION 0x04U /* want a PIN or a fingerprint */
#define HALLIGAN_SK_FORCE_OPERATION 0x10U   /* overwrite a resident key */
#define HALLIGAN_SK_RESIDENT_KEY 0x20U

#define HALLIGAN_SK_ECDSA 0U
#define HALLIGAN_SK_ED25519 1U

/* Results of the functions below; 0 is success. */
#define HALLIGAN_SK_ERR_GENERAL (-1)
#define HALLIGAN_SK_ERR_UNSUPPORTED (-2)
#define HALLIGAN_SK_ERR_PIN_REQUIRED (-3)
#define HALLIGAN_SK_ERR_DEVICE_NOT_FOUND (-4)
#define HALLIGAN_SK_ERR_CREDENTIAL_EXISTS (-5)

#ifdef __cplusplus
extern "C" {
#endif

struct sk_enroll_response {
  uint8_t flags;       /* become the flags of the key file */
  uint8_t* public_key; /* ECDSA: 04 X Y, 65 bytes; Ed25519: 32 bytes */
  size_t public_key_len;
  uint8_t* key_handle;
  size_t key_handle_len;
  uint8_t* signature; /* of the attestation */
  size_t signature_len;
  uint8_t* attestation_cert; /* X.509 DER */
  size_t attestation_cert_len;
  uint8_t* authdata; /* CBOR byte string; NULL in a resident key: OpenSSH would not free it there */
  size_t authdata_len;
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
  uint8_t flags;
  uint8_t* user_id;
  size_t user_id_len;
};

struct sk_option {
  char* name;
  char* value;
  uint8_t required; /* fail rather than ignore the option if it is unknown */
};

#define HALLIGAN_SK_EXPORT __attribute__((visibility("default")))

/* `options` is an array of pointers that ends in NULL, or NULL for none. */
HALLIGAN_SK_EXPORT uint32_t sk_api_version(void);

HALLIGAN_SK_EXPORT int sk_enroll(uint32_t alg, const uint8_t* challenge, size_t challenge_len,
                                 const char* application, uint8_t flags, const char* pin,
                                 struct sk_option** options, struct sk_enroll_response** enroll_response);

/* `data` is the message itself: the provider hashes it. */
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
