// The notices of a provider: it runs in a helper process that OpenSSH starts for each request and waits for.
#pragma once

#include <unistd.h>

#include <string_view>

#include "fido/presence/notice.hpp"

namespace halligan::abi {

/// Wants out as well when the process that asked has gone: nobody is left to take the answer, and the token
/// must not blink on for it.
class HelperNotice final : public fido::Notice {
 public:
  HelperNotice(std::string_view purpose, bool desktop)
      : Notice(purpose, {.silence = std::chrono::seconds(1), .desktop = desktop}), parent_(::getppid()) {}

  bool cancelled() override { return Notice::cancelled() || ::getppid() != parent_; }

 private:
  pid_t parent_;
};

}  // namespace halligan::abi
