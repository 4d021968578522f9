#include "token/hid_tokens.hpp"

#include <fmt/format.h>
#include <hidapi.h>
#include <locale.h>
#include <algorithm>
#include <array>
#include <climits>
#include <cwchar>

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

// In the encoding of the locale.
std::string narrow(const wchar_t* text) {
  std::string out;
  for (; text != nullptr && *text != L'\0'; ++text) {
    std::array<char, MB_LEN_MAX> bytes{};
    std::mbstate_t state{};
    const std::size_t size = std::wcrtomb(bytes.data(), *text, &state);
    const bool valid = *text <= L'\U0010FFFF' && size <= bytes.size();
    out += valid ? std::string_view(bytes.data(), size) : "\xEF\xBF\xBD";
  }
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

std::string product_words(const HidToken& token) {
  if (token.manufacturer.empty() || token.product.starts_with(token.manufacturer)) return token.product;
  return token.product.empty() ? token.manufacturer : token.manufacturer + " " + token.product;
}

std::string udev_rule(const HidToken& token) {
  return fmt::format(
      "SUBSYSTEM==\"hidraw\", ATTRS{{idVendor}}==\"{:04x}\", ATTRS{{idProduct}}==\"{:04x}\", "
      "TAG+=\"uaccess\", GROUP=\"plugdev\", MODE=\"0660\"",
      token.vendor_id, token.product_id);
}

}  // namespace halligan::token
