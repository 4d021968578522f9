#include "token/hid_tokens.hpp"

#include <hidapi.h>
#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdio>

#include "base/handle.hpp"

namespace halligan::token {
namespace {

constexpr unsigned short kFidoUsagePage = 0xF1D0;  // CTAP 2.1, 11.2.8.1

using Devices = Handle<hid_device_info, hid_free_enumeration>;

// hidapi converts sysfs' UTF-8 with the locale's mbstowcs(3), and this process has set none.
class Utf8Locale {
 public:
  Utf8Locale()
      : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", static_cast<locale_t>(nullptr))),
        before_(locale_ == nullptr ? nullptr : ::uselocale(locale_)) {}
  ~Utf8Locale() {
    if (locale_ == nullptr) return;
    ::uselocale(before_);
    ::freelocale(locale_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t locale_;
  locale_t before_;
};

void append_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) point = 0xFFFD;
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | point >> 6);
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3F));
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  }
}

std::string narrow(const wchar_t* text) {
  std::string out;
  if (text == nullptr) return out;
  for (; *text != L'\0'; ++text) append_utf8(out, static_cast<std::uint32_t>(*text));
  return out;
}

}  // namespace

std::vector<HidToken> hid_tokens() {
  std::vector<HidToken> tokens;
  {
    const Utf8Locale utf8;
    const Devices devices(::hid_enumerate(0, 0));  // nothing where there is no device of any kind
    for (const hid_device_info* each = devices.get(); each != nullptr; each = each->next) {
      if (each->usage_page != kFidoUsagePage || each->path == nullptr) continue;
      tokens.push_back({each->path, narrow(each->manufacturer_string), narrow(each->product_string),
                        narrow(each->serial_number), each->vendor_id, each->product_id});
    }
  }
  (void)::hid_exit();
  const auto before = [](const HidToken& a, const HidToken& b) {
    return std::pair(a.path.size(), a.path) < std::pair(b.path.size(), b.path);
  };
  std::sort(tokens.begin(), tokens.end(), before);
  return tokens;
}

bool is_character_device(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISCHR(status.st_mode);
}

bool may_use(const std::string& path) { return ::access(path.c_str(), R_OK | W_OK) == 0; }

std::string udev_rule(const HidToken& token) {
  std::array<char, 160> rule{};
  std::snprintf(rule.data(), rule.size(),
                "SUBSYSTEM==\"hidraw\", ATTRS{idVendor}==\"%04x\", ATTRS{idProduct}==\"%04x\", "
                "TAG+=\"uaccess\", GROUP=\"plugdev\", MODE=\"0660\"",
                token.vendor_id, token.product_id);
  return rule.data();
}

}  // namespace halligan::token
