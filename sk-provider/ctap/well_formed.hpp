// What may come near libcbor.
#pragma once

#include <optional>

#include "base/bytes.hpp"

namespace halligan::ctap {

/// Is this one CBOR item with nothing after it, at most eight levels deep, with no length that exceeds the
/// input? Nothing else may reach libcbor, here or under libfido2: version 0.8 allocates what a length asks
/// for, and a few bytes can ask for gigabytes. The canonical form is not required; some tokens do not keep
/// to it.
bool well_formed(ByteView encoded);

/// The same item with texts that are not UTF-8 as byte strings: libcbor would refuse the whole item, and a
/// token that cuts a name at 64 bytes may cut it within a character (WebAuthn, 6.4.1). Nothing if the item
/// is not well formed.
std::optional<Bytes> readable(ByteView encoded);

}  // namespace halligan::ctap
