// Does the host still let people in, and does it accept certificates of the CAs?
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "trust/canaries.hpp"
#include "trust/host.hpp"

namespace halligan::trust {

/// A login with a connection of its own, by whatever means the person logs in.
/// @errors kUnreachable, kNo: with what ssh said last
Result<> log_in_anew(const Host& host);

enum class Verdict { kAccepted, kRefused, kThrottled, kUnreachable };
std::string_view verdict_word(Verdict verdict);

/// What the host says of each, in one connection. @return in their order
/// @errors kUnreachable (ssh cannot be started, no place for files)
Result<std::vector<Verdict>> ask_about(const Host& host, const Question& question);

}  // namespace halligan::trust
