// Tokens that are plugged in but that this user may not open: libfido2 skips them, as it has to open a node
// to see what it is. sysfs tells everybody.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace halligan::fido {

/// Is a HID report descriptor that of a security key? A damaged one is not. @source HID 1.11, section 6.2.2;
/// CTAP 2.1, 11.2.8.1
bool is_security_key(ByteView report_descriptor);

/// The paths of the security keys whose node this process may not read and write.
/// @param hidraw, dev the folders /sys/class/hidraw and /dev
std::vector<std::string> inaccessible_nodes(const std::filesystem::path& hidraw,
                                            const std::filesystem::path& dev);

}  // namespace halligan::fido
