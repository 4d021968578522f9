#include "base/error.hpp"

#include <system_error>
#include <utility>

namespace halligan {

int exit_code(Code code) {
  switch (code) {
    case Code::kNo:
      return 1;
    case Code::kUsage:
      return 2;
    case Code::kBadInput:
    case Code::kUnsupported:
    case Code::kExists:
      return 3;
    case Code::kUnreachable:
    case Code::kNotFound:
      return 4;
    case Code::kNeedsPerson:
    case Code::kPinRequired:
      return 5;
    case Code::kInternal:
      break;
  }
  return 70;
}

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
