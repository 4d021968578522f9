// The exit status of halligan.
#pragma once

#include "base/error.hpp"

namespace halligan::command {

/// 1 no · 2 usage · 3 bad input · 4 not reachable · 5 needs a person · 70 our bug
constexpr int exit_code(Code code) {
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

}  // namespace halligan::command
