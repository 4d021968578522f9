// The FIDO tokens that are plugged in, also those that this user may not open. The only place with hidapi,
// which reads serial numbers and usage pages from sysfs; libfido2 has to open a device to see what it is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace halligan::token {

/// Texts are UTF-8 as the token sent them; invalid code points appear as U+FFFD.
struct HidToken {
  std::string path;          ///< "/dev/hidraw3"
  std::string manufacturer;  ///< empty where the token does not report it, as the next two
  std::string product;
  std::string serial;
  std::uint16_t vendor_id = 0;
  std::uint16_t product_id = 0;
};

/// In the order of their numbers. Without any, and where sysfs cannot be read, the list is empty.
std::vector<HidToken> hid_tokens();

/// The manufacturer, unless the product begins with it, and the product. May be empty.
std::string product_words(const HidToken& token);

/// The udev rule that opens tokens of this model to whoever sits at the computer (the tag uaccess) and to the
/// group plugdev, over ssh and in services too. One line.
std::string udev_rule(const HidToken& token);

/// Where it belongs: in front of 73-seat-late.rules, which reads the tag.
inline constexpr const char* kUdevRuleFile = "/etc/udev/rules.d/70-fido-token.rules";

}  // namespace halligan::token
