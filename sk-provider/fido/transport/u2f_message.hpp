// How a U2F token (CTAP1) reports that it waits for a touch: it sends no keep-alives, and is polled.
// @source FIDO U2F Raw Message Formats 1.2
#pragma once

#include "base/bytes.hpp"

namespace halligan::fido {

/// Does a U2F token answer this APDU with "not yet" until it is touched?
bool u2f_wants_touch(ByteView request);
/// Is this that answer? Any bytes after it are ignored, as libfido2 does: it would poll on.
bool u2f_not_yet(ByteView answer);

}  // namespace halligan::fido
