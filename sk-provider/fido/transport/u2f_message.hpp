// How a U2F token (CTAP1) says that it waits for a touch: it sends no keep-alives, and its client asks again
// and again.
// @source FIDO U2F Raw Message Formats 1.2
#pragma once

#include "base/bytes.hpp"

namespace halligan::fido {

/// Is this message, an APDU, one that such a token answers with "not yet" until it is touched?
bool u2f_wants_touch(ByteView request);
/// Is this that answer? What comes behind it does not count, as libfido2 does not look there either: it would
/// ask on.
bool u2f_not_yet(ByteView answer);

}  // namespace halligan::fido
