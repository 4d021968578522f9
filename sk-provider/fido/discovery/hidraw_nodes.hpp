// Tokens that are plugged in but closed to this user: libfido2 has to open a node to see what it is, and
// passes over what it cannot open. The kernel tells everybody.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace halligan::fido {

/// Whether a HID report descriptor is a security key's. A damaged one is nobody's. @source HID 1.11, section
/// 6.2.2; CTAP 2.1, 11.2.8.1
bool is_security_key(ByteView report_descriptor);

/// The paths of the security keys whose node this process may not read and write.
/// @param hidraw, dev the folders /sys/class/hidraw and /dev
std::vector<std::string> closed_nodes(const std::filesystem::path& hidraw, const std::filesystem::path& dev);

}  // namespace halligan::fido
