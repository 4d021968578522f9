// The notices of the provider, which runs in a helper process that OpenSSH starts for each request.
#pragma once

#include <unistd.h>

#include <string_view>

#include "fido/presence/touch_notice.hpp"

namespace halligan::abi {

/// Also cancelled when the process that asked has ended: nobody is left to take the answer.
class HelperNotice final : public fido::TouchNotice {
 public:
  HelperNotice(std::string_view purpose, bool desktop)
      : TouchNotice(purpose, {.silence = std::chrono::seconds(1), .desktop = desktop}),
        parent_(::getppid()) {}

  bool cancelled() override { return TouchNotice::cancelled() || ::getppid() != parent_; }

 private:
  pid_t parent_;
};

}  // namespace halligan::abi
