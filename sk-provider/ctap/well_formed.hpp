// What may come near libcbor.
#pragma once

#include <optional>

#include "base/bytes.hpp"

namespace halligan::ctap {

/// The CBOR item at the front, at most eight levels deep, with no length that exceeds the input; what follows
/// it is left out, as libfido2 does. Empty if there is no such item. Nothing else may reach libcbor, here or
/// under libfido2: version 0.8 allocates what a length asks for, and a few bytes can ask for gigabytes. Tags
/// are refused; otherwise the canonical form is not required; some tokens do not keep to it.
ByteView front_item(ByteView encoded);

/// The same item with texts that are not UTF-8 as byte strings: libcbor would refuse the whole item, and a
/// token that cuts a name at 64 bytes may cut it within a character (WebAuthn, 6.4.1). Nothing if the item
/// is not well formed.
std::optional<Bytes> readable(ByteView encoded);

}  // namespace halligan::ctap
