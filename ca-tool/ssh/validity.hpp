// -V: the validity interval, in ssh-keygen's grammar.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace halligan::ssh {

/// Half-open [after, before), Unix seconds UTC.
struct Validity {
  std::uint64_t after = 0;
  std::uint64_t before = 0;

  /// "always" or "forever" (0 and 2^64-1): it parses, and it is for the caller to refuse it.
  bool unbounded() const { return after == 0 || before == UINT64_MAX; }

  bool operator==(const Validity&) const = default;
};

/// One of
///   FROM:TO    each -DURATION or +DURATION from now, YYYYMMDD[HHMM[SS]] in local time or, followed by Z or
///              UTC, in UTC, YYYY-MM-DDTHH:MM:SSZ or …+01:00 (RFC 3339, which ssh-keygen does not take),
///              0xHEX Unix seconds; FROM also "always", TO also "forever"
///   +DURATION  from a minute ago, on the minute (a host's clock may be slow), to now + DURATION
///   DURATION   the same without the sign, which ssh-keygen does not take
/// Local time is that of TZ or /etc/localtime. A wall-clock time that summer time skips is refused; one that
/// happens twice means the first. Dates that do not exist are refused (ssh-keygen turns 30 February into 2
/// March).
/// @param now Unix seconds
/// @errors kUsage (grammar, out of range, empty interval)
Result<Validity> parse_validity(std::string_view text, std::uint64_t now);

/// A sum of numbers with units, "1h30m": s (also no unit), m, h, d, w of either case; at most 2^31-1 seconds.
/// @return seconds. @errors kUsage
Result<std::uint64_t> parse_duration(std::string_view text);

}  // namespace halligan::ssh
