// The token's signature counter beside the ledger's, before a certificate is released: a counter that goes
// back means a copy of the token, one that jumped means signatures that are on no record.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "ledger/ledger.hpp"

namespace halligan::issue {

/// Whether other keys of the token share the counter is not known here, so a jump only may be this key's
/// doing; a token that does not count (always zero) follows.
enum class CounterStep {
  kFollows,  ///< on what is recorded; or the token does not count
  kBegins,   ///< no record is by this CA, and the counter is not at its start
  kAhead,    ///< values between are on no record here
  kBack,     ///< not above what is recorded
};

struct CounterReading {
  CounterStep step = CounterStep::kFollows;
  std::optional<std::uint32_t> begin{};  ///< to be recorded, see ledger::CountedUse::begin
  std::optional<Error> notice{};         ///< what to tell the person; nothing if it follows
};

/// @param last   the highest counter of this CA in the ledger
/// @param made   the counter when the CA was made, if its ca.json says so
/// @param values the new signatures' counters, in their order: at least one
/// @param file   the ledger's, for the message
CounterReading read_counter(const std::optional<ledger::Ledger::LastCounter>& last,
                            const std::optional<std::uint32_t>& made, std::span<const std::uint32_t> values,
                            std::string_view file);

}  // namespace halligan::issue
