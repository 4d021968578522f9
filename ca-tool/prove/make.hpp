// Making canaries: all of one CA in one sitting.
#pragma once

#include "base/result.hpp"
#include "prove/command.hpp"

namespace halligan::prove {

/// Make a canary for each account and add it to the file; each is recorded and written as soon as it is
/// signed.
/// @errors kUsage (no account) · as issue::Issuer, read_canaries(), io::write_files()
Result<int> make_canaries(const ProveOptions& options);

}  // namespace halligan::prove
