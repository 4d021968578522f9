// Key revocation lists in the smallest of the forms that every OpenSSH since 6.2 reads.
// Source of the format: OpenSSH's PROTOCOL.krl.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ssh/krl.hpp"

namespace halligan::ssh {

/// A whole KRL that revokes what `krl` does. Time and size are linear in the number of intervals; each CA
/// has at most one list, which is sorted. `parts` are not looked at.
/// @param krl in the order of normalize(). Without what would lock people out or revoke too much:
///   entries for any CA, extensions, signatures
/// @errors kBadInput (serial 0, intervals that touch or are out of order) · kUnsupported (one of these
///   three, more than kMaxKrlSize)
Result<Bytes> write_krl(const Krl& krl);

}  // namespace halligan::ssh
