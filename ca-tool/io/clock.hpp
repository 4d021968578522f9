// The time, and its formats.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace halligan::io {

std::uint64_t unix_seconds();
std::uint64_t unix_milliseconds();

/// "2026-11-22T02:49:49Z".
std::string format_utc(std::uint64_t unix_seconds);

/// "2026-11-22T03:49:49+01:00", in the zone of TZ or /etc/localtime.
std::string format_local(std::uint64_t unix_seconds);

// Both return "@<seconds>" for times after the year 9999.

/// Local time is that of this zone from now on, for the whole process.
/// @param name "UTC", or one of the system's time zone database: "Europe/Berlin"
/// @errors kUsage: there is no such zone here; local time is as before
Result<> set_local_zone(const std::string& name);

}  // namespace halligan::io
