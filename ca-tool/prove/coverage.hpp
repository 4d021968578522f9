// The fleet at one glance: which host takes which CA for which account.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ca/configuration.hpp"
#include "prove/answer.hpp"
#include "ui/json.hpp"

namespace halligan::prove {

struct CoveredCa {
  std::string fingerprint;
  std::string name;        ///< of the canary, or in the configuration; may be empty
  std::string configured;  ///< what --ca takes; empty: it is not in the configuration
  std::size_t good = 0;    ///< cells of its own that are as they should be

  /// The name, else the fingerprint; safe for a terminal.
  std::string words() const;
};

struct Cell {
  enum class State {
    kNoCanary,  ///< nobody asked, for want of a canary
    kUnknown,   ///< it could not be asked
    kHostKey,
    kRefused,   ///< no
    kClosed,    ///< the key is accepted, and by the snapshot the login would be refused
    kAccepted,  ///< grades 1 to 3
    kChecked,
    kOpened,
    kRevokedAccepted,  ///< a revoked canary is accepted, whatever the other one gave
  };
  State state = State::kNoCanary;
  /// Of a host that could not be asked, by the snapshot of that name: it is kChecked or kClosed.
  bool by_snapshot = false;

  bool good() const { return !by_snapshot && state >= State::kAccepted && state <= State::kOpened; }
};
/// "no-canary", "unknown", …: stable, for --json.
std::string_view state_code(Cell::State state);
/// "configuration checked", for people.
std::string_view state_words(Cell::State state);

/// One host and account.
struct CoveredAccount {
  Target target;
  std::string account;
  std::vector<Cell> cells;  ///< one for each CA

  bool good() const;
};

struct Coverage {
  std::vector<CoveredCa> cas;        ///< those of the canaries, then those that only the configuration has
  std::vector<CoveredAccount> rows;  ///< those with a gap come first
};

/// @param answers sorted
Coverage coverage_of(const std::vector<Answer>& answers, const ca::Configuration& configuration);

/// What to type for each canary that is missing, each once.
std::vector<std::string> missing_canaries(const Coverage& coverage);

/// Rows of at most 80 columns, unless a name of an account is longer than 16.
std::string to_text(const Coverage& coverage);
/// One row.
ui::Json to_json(const Coverage& coverage, const CoveredAccount& row);

}  // namespace halligan::prove
