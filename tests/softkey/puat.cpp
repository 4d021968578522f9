#include "softkey/puat.hpp"

#include <utility>

namespace halligan::softkey {
namespace {
// CTAP 2.1, section 6.5.2.1: first use and presence within half a minute, the end after ten minutes.
constexpr std::int64_t kInitialUseMs = 30'000;
constexpr std::int64_t kPresentMs = 30'000;
constexpr std::int64_t kMaxUseMs = 600'000;
}  // namespace

void PinUvAuthToken::begin(int protocol, std::uint8_t permissions, std::string rp_id, bool present,
                           std::int64_t now_ms) {
  in_use_ = true;
  protocol_ = protocol;
  permissions_ = permissions;
  rp_id_ = std::move(rp_id);
  present_ = present;
  verified_ = true;
  used_ = false;
  began_ms_ = now_ms;
}

void PinUvAuthToken::expire(std::int64_t now_ms) {
  if (!in_use_) return;
  const std::int64_t age = now_ms - began_ms_;
  if (age >= kMaxUseMs || (!used_ && age >= kInitialUseMs)) return stop();
  if (age >= kPresentMs) present_ = false;
}

void PinUvAuthToken::spend() {
  present_ = false;
  verified_ = false;
  permissions_ &= kLargeBlobWrite;
}

}  // namespace halligan::softkey
