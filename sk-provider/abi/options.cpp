#include "abi/options.hpp"

#include "base/codec.hpp"
#include "base/log.hpp"

namespace halligan::abi {
namespace {

constexpr std::size_t kLongestUser = 31;  // 32 bytes of user ID, the last one NUL

}  // namespace

Result<Options> parse_options(sk_option* const* options) {
  Options result;
  for (; options != nullptr && *options != nullptr; ++options) {
    const sk_option& option = **options;
    if (option.name == nullptr || option.value == nullptr)
      return fail(Code::kBadInput, "option without a name or value");
    const std::string name = option.name;
    if (name == "device") {
      result.device = option.value;
    } else if (name == "user") {
      result.user = option.value;
      if (result.user.size() > kLongestUser) {
        return fail(Code::kBadInput, "the user is longer than 31 bytes", "shorten it: -O user=NAME");
      }
    } else if (option.required != 0) {
      return fail(Code::kUnsupported, "unknown option \"" + printable(name) + "\"",
                  "known options: device, user");
    } else {
      debug("ignoring the unknown option " + printable(name));
    }
  }
  return result;
}

}  // namespace halligan::abi
