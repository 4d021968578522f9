#include "fido/failure.hpp"

#include <fido.h>
#include <catch2/catch.hpp>

using namespace halligan;
using Fault = fido::Transport::Fault;

TEST_CASE("each failure of a token is its own sentence, kind and next action") {
  struct Row {
    int status;
    Fault fault;
    bool touch;
    int tries;
    Code code;
    const char* message;
    const char* hint;
  };
  const auto row = GENERATE(values<Row>({
      {FIDO_ERR_PIN_INVALID, Fault::kNone, false, 7, Code::kPinRequired,
       "wrong PIN for the token at T: 7 tries left", ""},
      {FIDO_ERR_PIN_INVALID, Fault::kNone, false, 1, Code::kPinRequired,
       "wrong PIN for the token at T: one try left before it locks for good", ""},
      {FIDO_ERR_PIN_AUTH_BLOCKED, Fault::kNone, false, -1, Code::kNeedsPerson,
       "too many wrong PINs: the token at T is blocked until it is replugged",
       "remove it, insert it again and retry with the correct PIN"},
      {FIDO_ERR_PIN_BLOCKED, Fault::kNone, false, -1, Code::kNeedsPerson,
       "too many wrong PINs: the token at T is locked for good",
       "use the other token; only a reset, which destroys all keys, unlocks this one"},
      {FIDO_ERR_PIN_NOT_SET, Fault::kNone, false, -1, Code::kUnsupported, "no PIN is set on the token at T",
       "set one with: halligan token pin set --device /dev/T"},
      {FIDO_ERR_RX, Fault::kGone, true, -1, Code::kUnreachable, "the token at T disappeared while in use",
       "insert it again and retry"},
      {FIDO_ERR_RX, Fault::kTimeout, true, -1, Code::kNeedsPerson,
       "timed out after 9 s waiting for a touch on the token at T",
       "try again and touch the token when it blinks"},
      {FIDO_ERR_RX, Fault::kTimeout, false, -1, Code::kUnreachable, "the token at T does not respond",
       "remove the token, insert it again and retry"},
      {FIDO_ERR_RX, Fault::kCancelled, true, -1, Code::kNeedsPerson,
       "cancelled while the token at T waited for a touch", ""},
      {FIDO_ERR_NO_CREDENTIALS, Fault::kNone, false, -1, Code::kNotFound,
       "the token at T does not hold this key", "insert the token that made the key"},
      {FIDO_ERR_UNSUPPORTED_ALGORITHM, Fault::kNone, false, -1, Code::kUnsupported,
       "the token at T does not support this type of key", "use ecdsa-sk, which every token supports"},
      {FIDO_ERR_INVALID_CBOR, Fault::kNone, false, -1, Code::kUnreachable,
       "the token at T refused the request: error 0x12, invalid CBOR",
       "remove the token, insert it again and retry"},
      {0x99, Fault::kNone, false, -1, Code::kUnreachable, "the token at T refused the request: error 0x99",
       "remove the token, insert it again and retry"},
      {FIDO_ERR_RX_INVALID_CBOR, Fault::kNone, false, -1, Code::kUnreachable,
       "the token at T returned an answer in invalid CBOR", "remove the token, insert it again and retry"},
  }));
  const Error error = fido::explain(row.status, {"T", "/dev/T", row.fault, row.touch, row.tries, 9});
  CHECK(error.message == row.message);
  CHECK(error.code == row.code);
  CHECK(error.hint == row.hint);
}

TEST_CASE("no status is shown as a constant of libfido2's") {
  for (int status = -20; status < 256; ++status) {
    if (status == FIDO_OK) continue;
    CAPTURE(status);
    const Error error = fido::explain(status, {"T", "/dev/T", Fault::kNone, false, -1, 9});
    CHECK(error.message.find("FIDO_") == std::string::npos);
    CHECK(error.message.find("T") != std::string::npos);
    CHECK(fido::status_words(status).find("FIDO_") == std::string::npos);
    CHECK_FALSE(fido::status_words(status).empty());
  }
}

TEST_CASE("a PIN that must be changed first, or set, is not a wrong PIN") {
  struct Row {
    int status;
    bool pin_is_set;
    bool force_pin_change;
    std::uint64_t min_pin_length;
    Code code;
    const char* message;
    const char* hint;
  };
  const auto row = GENERATE(values<Row>({
      {FIDO_ERR_PIN_POLICY_VIOLATION, true, true, 6, Code::kNeedsPerson,
       "the token at T requires a new PIN first, of at least 6 characters",
       "change it with: halligan token pin change --device /dev/T"},
      // CTAP 2.1, 6.5.5.7.1 step 11: getPinToken's answer
      {FIDO_ERR_PIN_INVALID, true, true, 0, Code::kNeedsPerson, "the token at T requires a new PIN first",
       "change it with: halligan token pin change --device /dev/T"},
      {FIDO_ERR_PIN_INVALID, true, false, 6, Code::kPinRequired, "wrong PIN for the token at T: 7 tries left",
       ""},
      {FIDO_ERR_PIN_REQUIRED, true, false, 0, Code::kPinRequired, "the token at T requires its PIN", ""},
      {FIDO_ERR_PIN_REQUIRED, false, false, 0, Code::kUnsupported,
       "the token at T requires a PIN; none is set", "set one with: halligan token pin set --device /dev/T"},
  }));
  const Error error = fido::explain(row.status, {"T", "/dev/T", Fault::kNone, false, 7, 9, row.pin_is_set,
                                                 row.force_pin_change, row.min_pin_length});
  CHECK(error.message == row.message);
  CHECK(error.code == row.code);
  CHECK(error.hint == row.hint);
}
