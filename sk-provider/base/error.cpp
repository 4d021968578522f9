#include "base/error.hpp"

#include <system_error>
#include <utility>

namespace halligan {

Error Error::in(std::string_view context) && {
  message.insert(0, ": ");
  message.insert(0, context);
  return std::move(*this);
}

Error errno_error(Code code, std::string_view what, int error_number) {
  std::string message(what);
  message += ": ";
  message += std::generic_category().message(error_number);
  return {code, std::move(message), {}};
}

}  // namespace halligan
