// What happened when a runbook was walked through: evidence, and where to go on after an interruption.
//
// A file of JSON lines that only grows, in the format of docs/json.md. Each line has the SHA-256 of the line
// before it, so a changed, removed or inserted one is found; the digest of the last one is what to write
// down.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "io/append_file.hpp"
#include "ui/json.hpp"

namespace halligan::runbook {

/// What the last record of a step says.
enum class Outcome {
  kNone,        ///< not run yet, or it did something else
  kAsExpected,  ///< run, and it did what it should
  kByHand,      ///< typed elsewhere by a person, who says so
  kAccepted,    ///< it did something else, and the person went on
  kSkipped,
};

/// Whole transcript records, oldest first.
struct History {
  std::vector<ui::Json> records;
  std::string head;  ///< SHA-256 of the last line in hexadecimal digits

  /// Of the runbook, as it was when the walk began; empty if there are no records.
  std::string runbook_sha256() const;
  bool is_finished() const;
  Outcome outcome(std::size_t step) const;
  /// How a person said to get to this place.
  std::optional<std::string> way(std::string_view place) const;
  /// What a person answered for a placeholder of this step.
  std::optional<std::string> answer(std::size_t step, std::size_t line) const;
};

/// @param name for messages
/// @errors kBadInput: "NAME:LINE: …", a line that is no record or is not bound to the one before
Result<History> parse_history(std::string_view text, std::string_view name);

/// Transcripts of this user: $XDG_STATE_HOME/halligan/runbooks/NAME-TIME.jsonl
/// @errors kUnreachable: no home
Result<std::string> transcript_folder();

class Transcript {
 public:
  /// A new one. @errors kUnreachable · as AppendFile::open()
  static Result<Transcript> begin(const std::string& runbook);
  /// One that is there. @errors as parse_history() · as AppendFile::open()
  static Result<Transcript> open(const std::string& path);
  /// The path of the last one of this runbook, if it was not finished. @errors kUnreachable (no state folder,
  /// or it cannot be read)
  static Result<std::optional<std::string>> unfinished(const std::string& runbook);

  const std::string& path() const { return file_.path(); }
  const History& history() const { return history_; }

  /// On the disk when this returns. @param record its members besides time and prev. @errors kUnreachable
  Result<> add(ui::Json record);

  /// The states of the shells, beside the transcript until it is finished: place → commands.
  Result<> keep_states(const ui::Json& states) const;
  ui::Json states() const;
  void forget_states() const;

 private:
  Transcript(io::AppendFile file, History history) : file_(std::move(file)), history_(std::move(history)) {}
  static Result<Transcript> locked(const std::string& path);

  io::AppendFile file_;
  History history_;
};

}  // namespace halligan::runbook
