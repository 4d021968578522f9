// A runbook: Markdown that reads well on paper and whose fenced steps are run.
//
//   ```sh laptop     a step, run at this place; "$ " begins a command, which a backslash continues
//   ```text          what the step before prints: its lines, in this order; … stands for anything
//
// A paragraph after a step that asks and answers ("Not two? Copy it again."), and a table that begins with
// "you see instead", say what to do when the step did something else. NAME=value with a comment in a command
// is a placeholder: its value is asked for. What only a test must know is in comments <!-- test: … -->.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace halligan::runbook {

struct Line {
  std::size_t number = 0;  ///< in the file, from 1
  std::string text;        ///< of several lines, if a backslash continues it
};

/// NAME=value  # what it is
struct Placeholder {
  std::string name;
  std::string example;  ///< as a person would type it, without the quotes
  std::string meaning;
};

struct Step {
  std::size_t line = 0;  ///< of its first command
  std::string place;
  std::vector<Line> commands;
  std::vector<Line> seen;               ///< what a person should see
  int status = 0;                       ///< of its last command; of those before it always 0
  std::vector<std::string> directions;  ///< for tests, since the step before: "plug blue"
  std::string before;                   ///< prose since the step before: lines for a terminal of 80 columns
  std::string otherwise;                ///< what to do if it did something else; may be empty

  /// The commands as they are printed on paper.
  std::string text() const;
};

struct Document {
  std::string title;
  std::vector<Step> steps;              ///< at least one
  std::string after;                    ///< prose after the last step
  std::vector<std::string> directions;  ///< after the last step
  std::vector<std::string> not_run;     ///< why a fence is shown only
};

constexpr std::size_t kMostBytes = 256 * 1024;
constexpr std::size_t kMostCommand = 1000;  ///< bytes of a command: a line of a terminal holds it, escaped

/// @param name of the file, for messages
/// @errors kBadInput "NAME:LINE: …": what nobody would run, an unknown direction, HTML, characters that hide
Result<Document> parse_document(std::string_view text, std::string_view name);

/// The placeholder that a command is, if it is one.
std::optional<Placeholder> placeholder_of(std::string_view command);

/// The first of the lines that a person should see that is not in what was printed, or nothing.
/// @param printed as a terminal got it: lines that were wiped from the screen do not count
const Line* first_missing(const std::vector<Line>& seen, std::string_view printed);

/// What stays on the screen of what was printed, without control sequences.
std::string screen_text(std::string_view printed);

}  // namespace halligan::runbook
