/*
 * The parts that are the same in every version of the interface between OpenSSH and a SecurityKeyProvider.
 */
#ifndef HALLIGAN_ABI_SK_COMMON_H
#define HALLIGAN_ABI_SK_COMMON_H

#include <stddef.h>
#include <stdint.h>

/* Key and request flags. */
#define HALLIGAN_SK_USER_PRESENCE 0x01U     /* require a touch */
#define HALLIGAN_SK_USER_VERIFICATION 0x04U /* require a PIN or a fingerprint; since OpenSSH 8.4 */
#define HALLIGAN_SK_FORCE_OPERATION 0x10U   /* overwrite a resident key; version 10 */
#define HALLIGAN_SK_RESIDENT_KEY 0x20U

#define HALLIGAN_SK_ECDSA 0U
#define HALLIGAN_SK_ED25519 1U

/* Results of the functions; 0 is success. */
#define HALLIGAN_SK_ERR_GENERAL (-1)
#define HALLIGAN_SK_ERR_UNSUPPORTED (-2)
#define HALLIGAN_SK_ERR_PIN_REQUIRED (-3)
#define HALLIGAN_SK_ERR_DEVICE_NOT_FOUND (-4)
#define HALLIGAN_SK_ERR_CREDENTIAL_EXISTS (-5) /* version 10 */

struct sk_option {
  char* name;
  char* value;
  uint8_t required; /* fail rather than ignore the option if it is unknown */
};

#endif
