#include "fido/transport/u2f_message.hpp"

namespace halligan::fido {
namespace {

constexpr std::uint8_t kRegister = 0x01;
constexpr std::uint8_t kAuthenticate = 0x02;
constexpr std::uint8_t kEnforcePresence = 0x03;  // 0x07 and 0x08 do not wait for a touch
constexpr std::uint8_t kConditionsNotSatisfied[] = {0x69, 0x85};

}  // namespace

bool u2f_wants_touch(ByteView request) {
  if (request.size() < 3) return false;
  return request[1] == kRegister || (request[1] == kAuthenticate && request[2] == kEnforcePresence);
}

bool u2f_not_yet(ByteView answer) {
  return answer.size() >= sizeof kConditionsNotSatisfied &&
         same(answer.first(sizeof kConditionsNotSatisfied), kConditionsNotSatisfied);
}

}  // namespace halligan::fido
