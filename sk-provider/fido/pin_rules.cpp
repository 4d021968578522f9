#include "fido/pin_rules.hpp"

#include "base/codec.hpp"

namespace halligan::fido {

Result<> check_possible_pin(ByteView pin) {
  if (pin.size() > kLongestPin) {
    return fail(Code::kPinRequired, "the PIN is too long: a FIDO2 PIN has at most 63 bytes");
  }
  if (is_utf8(pin) && code_points(pin) < kShortestPin) {
    return fail(Code::kPinRequired, "the PIN is too short: a FIDO2 PIN has at least 4 characters");
  }
  return {};
}

}  // namespace halligan::fido
