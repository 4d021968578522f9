// halligan runbook list | show | run | check
#include "runbook/commands.hpp"

#include <fmt/format.h>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "io/files.hpp"
#include "runbook/check.hpp"
#include "runbook/walk.hpp"
#include "ui/describe.hpp"
#include "ui/screen.hpp"

namespace halligan::runbook {
namespace {

constexpr std::size_t kLargestTranscript = 64 << 20;

ui::Json texts_json(const std::vector<Line>& lines) {
  ui::Json texts = ui::Json::array();
  for (const Line& each : lines) texts.push_back(each.text);
  return texts;
}

ui::Json step_json(const Document& document, std::size_t index) {
  const Step& step = document.steps[index];
  const bool last = index + 1 == document.steps.size();
  return {{"step", index + 1},
          {"line", step.line},
          {"place", step.place},
          {"commands", texts_json(step.commands)},
          {"expected", texts_json(step.seen)},
          {"expected_status", step.status},
          {"before", step.before},
          {"otherwise", step.otherwise},
          {"directions", step.directions},
          {"afterwards", last ? document.directions : std::vector<std::string>()}};
}

std::string page_text(const Document& document) {
  std::string text;
  for (const Step& step : document.steps) {
    text += step.before + "\n" + step.text() + "\n";
    for (const Line& each : step.seen) text += "  " + each.text + "\n";
    if (!step.seen.empty()) text += "\n";
  }
  return text + document.after;
}

Result<History> read_history(const std::string& file) {
  HALLIGAN_TRY(const Bytes text, io::read_file(file, kLargestTranscript));
  return parse_history(as_text(text), file);
}

bool is_transcript(const std::string& file) { return file.ends_with(".jsonl"); }

Result<int> check_transcript(const CheckOptions& options) {
  HALLIGAN_TRY(const History history, read_history(options.runbook));
  const bool finished = history.is_finished();
  if (options.output.json) {
    HALLIGAN_CHECK(ui::print(ui::json_line({{"file", ui::json_text(options.runbook)},
                                            {"records", history.records.size()},
                                            {"finished", finished},
                                            {"head", history.head}})));
  } else {
    HALLIGAN_CHECK(ui::print(ui::text_row("Transcript", printable(options.runbook)) +
                             ui::text_row("Records", fmt::format("{}, unchanged{}", history.records.size(),
                                                                 finished ? "" : ", not finished")) +
                             ui::text_row("SHA-256", history.head)));
  }
  return finished ? 0 : 1;
}

}  // namespace

Result<int> list_runbooks(const ListOptions& options) {
  HALLIGAN_TRY(const auto files, runbooks_on_shelf());
  if (files.empty())
    return fail(Code::kNotFound, "no runbooks: neither installed with halligan nor in ./runbooks",
                "name a file: halligan runbook run FILE");
  for (const std::string& file : files) {
    HALLIGAN_TRY(const Runbook runbook, read_runbook(file));
    const std::size_t steps = runbook.document.steps.size();
    HALLIGAN_CHECK(ui::print(options.output.json
                                 ? ui::json_line({{"name", ui::json_text(runbook.name)},
                                                  {"title", ui::json_text(runbook.document.title)},
                                                  {"steps", steps},
                                                  {"file", ui::json_text(file)}})
                                 : fmt::format("{:<18} {:>3} steps  {}\n", printable(runbook.name), steps,
                                               fitted(runbook.document.title, 50))));
  }
  return 0;
}

Result<int> show_runbook(const ShowOptions& options) {
  HALLIGAN_TRY(const Runbook runbook, find_runbook(options.runbook));
  const ui::Pager pager(options.output);
  if (!options.output.json) {
    HALLIGAN_CHECK(ui::print(page_text(runbook.document)));
    return 0;
  }
  for (std::size_t i = 0; i < runbook.document.steps.size(); ++i)
    HALLIGAN_CHECK(ui::print(ui::json_line(step_json(runbook.document, i))));
  return 0;
}

Result<int> run_runbook(const RunOptions& options) {
  HALLIGAN_TRY(const Runbook runbook, find_runbook(options.runbook));
  WalkOptions walking{.ways = {}, .from = options.from, .anew = options.anew};
  for (const std::string& each : options.at) {
    std::string_view way = each;
    const auto place = before(way, "=");
    if (!place || place->empty() || way.empty())
      return fail(Code::kUsage, "--at: expected PLACE=COMMAND, not \"" + printable(each) + "\"",
                  "such as --at web1='ssh -t root@web1'");
    walking.ways[std::string(*place)] = way;
  }
  HALLIGAN_TRY(const Walked walked, walk(runbook, walking));
  std::string steps = fmt::format("{} of {} as expected", walked.as_expected, walked.steps);
  if (walked.by_hand != 0) steps += fmt::format(" ({} by hand)", walked.by_hand);
  if (walked.accepted != 0) steps += fmt::format(", {} not", walked.accepted);
  if (walked.skipped != 0) steps += fmt::format(", {} skipped", walked.skipped);
  HALLIGAN_CHECK(ui::print("\n" + ui::text_row("Steps", steps) +
                           ui::text_row("Transcript", printable(walked.transcript)) +
                           ui::text_row("SHA-256", walked.head)));
  if (walked.stopped)
    HALLIGAN_CHECK(ui::print("Go on later: halligan runbook run " + shell_word(options.runbook) + "\n"));
  return walked.as_expected == walked.steps ? 0 : 1;
}

Result<int> check_runbook_file(const CheckOptions& options) {
  if (is_transcript(options.runbook)) return check_transcript(options);
  HALLIGAN_TRY(const Runbook runbook, find_runbook(options.runbook));
  HALLIGAN_TRY(std::vector<Fault> faults, check_runbook(runbook.document));
  if (!options.ran.empty()) {
    std::vector<History> walks;
    for (const std::string& file : options.ran) {
      HALLIGAN_TRY(History history, read_history(file));
      walks.push_back(std::move(history));
    }
    const auto missing = steps_not_run(runbook, walks);
    faults.insert(faults.end(), missing.begin(), missing.end());
  }
  for (const Fault& each : faults) {
    HALLIGAN_CHECK(ui::print(
        options.output.json
            ? ui::json_line({{"file", ui::json_text(runbook.file)}, {"line", each.line}, {"text", each.text}})
            : fmt::format("{}:{}: {}\n", printable(runbook.file), each.line, each.text)));
  }
  if (options.output.json) return faults.empty() ? 0 : 1;
  std::size_t silent = 0;
  for (const Step& step : runbook.document.steps) silent += step.seen.empty();
  HALLIGAN_CHECK(
      ui::print(fmt::format("{}: {} steps, {} judged by exit status alone, {} fences not run; {}\n",
                            printable(runbook.name), runbook.document.steps.size(), silent,
                            runbook.document.not_run.size(), faults.empty() ? "well-formed" : "see above")));
  return faults.empty() ? 0 : 1;
}

}  // namespace halligan::runbook
