// What the commands of halligan kit do.
#pragma once

#include "kit/command.hpp"

namespace halligan::kit {

Result<int> print_kit(const PrintOptions& options);
Result<int> write_stick(const StickOptions& options);
Result<int> verify_kit(const VerifyOptions& options);

}  // namespace halligan::kit
