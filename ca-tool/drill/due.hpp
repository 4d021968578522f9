// When the next drill is due, and why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ca/configuration.hpp"
#include "drill/record.hpp"

namespace halligan::drill {

inline constexpr std::uint64_t kAhead = std::uint64_t{14} * 24 * 60 * 60;  // seconds before it is due

enum class State {
  kFine,
  kSoon,     ///< within kAhead
  kNever,    ///< there is no drill on record
  kFailed,   ///< the last one did
  kChanged,  ///< what it proved something about is another one now
  kStale,    ///< it is due
  kLost,     ///< a later one has left a certificate and no record
};
/// "fine", "soon", …: stable, for --json.
std::string_view state_word(State state);

struct Status {
  State state = State::kNever;
  std::optional<Drill> last{};
  std::string file{};                  ///< that it is in
  std::string head{};                  ///< of that file
  std::vector<std::string> changes{};  ///< since, in words
  std::uint64_t due = 0;               ///< Unix seconds; 0: there was none
  std::uint64_t lost = 0;              ///< when that one was, Unix seconds

  bool good() const { return state == State::kFine || state == State::kSoon; }
};

/// The CAs and principals of the configuration. @param used a CA that belongs to them; may be empty
Subject current_subject(const ca::Configuration& configuration, const std::string& used = {});

/// When a drill signed its certificate, by the ledgers beside the records, that is later than all records of
/// its CA: it was killed, or the machine was. One whose certificate is still valid may be going on.
/// @param authority null: of all CAs @param now Unix seconds @return Unix seconds; 0: there is none
std::uint64_t find_lost(const std::vector<DrillLog>& logs, const ssh::PublicKey* authority,
                        std::uint64_t now);

/// By the newest drill of all logs. @param now Unix seconds @param lost of find_lost()
Status judge(const std::vector<DrillLog>& logs, const ca::Configuration& configuration, std::uint64_t now,
             std::uint64_t lost);

/// What it is, in words for one line.
std::string status_words(const Status& status, std::uint64_t now);

}  // namespace halligan::drill
