// Runbooks that somebody wrote, what programs printed, and transcripts. The first byte says which.
#include "base/codec.hpp"
#include "runbook/check.hpp"
#include "ssh/check.hpp"

using namespace halligan;

namespace {

// Whatever would be run or shown is one line of a terminal, without what hides.
void check_document(std::string_view text) {
  const auto document = runbook::parse_document(text, "x.md");
  if (!document) {
    demand(document.error().code == Code::kBadInput && document.error().message.starts_with("x.md:"));
    return;
  }
  demand(!document->steps.empty());
  std::size_t line = 0;
  for (const runbook::Step& step : document->steps) {
    demand(step.line > line && !step.commands.empty() && !step.place.empty());
    line = step.line;
    demand(step.text().starts_with("$ ") && step.status >= 0 && step.status <= 255);
    for (const runbook::Line& command : step.commands) {
      demand(command.text.size() <= runbook::kMostCommand);
      // What is printed on paper is what is run, but for the newlines of continued lines.
      demand(text.find(std::string_view(command.text).substr(0, command.text.find('\n'))) != text.npos);
      if (const auto asked = runbook::placeholder_of(command.text))
        demand(!asked->name.empty() && command.text.starts_with(asked->name + "="));
    }
  }
}

// The screen has no control sequences left, and what is on it is what was printed.
void check_screen(std::string_view text) {
  const std::string screen = runbook::screen_text(text);
  demand(screen.size() <= text.size() && screen.find_first_of("\x1b\a\b") == std::string::npos);
  std::vector<runbook::Line> seen;
  std::string_view rest = screen;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.find_first_not_of(" \t\r") == line.npos || line.find("\xe2\x80\xa6") != line.npos) continue;
    line.remove_prefix(line.find_first_not_of(" \t\r"));
    line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
    seen.push_back({number, std::string(line)});
  }
  demand(runbook::first_missing(seen, screen) == nullptr);
  seen.push_back({0, "not there"});
  demand(text.find("not there") != text.npos || runbook::first_missing(seen, screen) == &seen.back());
}

void check_history(std::string_view text) {
  const auto history = runbook::parse_history(text, "x.jsonl");
  if (!history) return;
  (void)history->is_finished();
  (void)history->runbook_sha256();
  for (std::size_t step = 0; step < 4; ++step) {
    (void)history->outcome(step);
    (void)history->answer(step, 3);
  }
  (void)history->way("laptop");
  // A byte that is changed in a line that another is bound to is found.
  if (history->records.size() < 2) return;
  std::string changed(text);
  changed.insert(1, " ");
  demand(!runbook::parse_history(changed, "x.jsonl"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = as_text({data + 1, size - 1});
  switch (data[0] % 3) {
    case 0:
      check_document(text);
      break;
    case 1:
      check_screen(text);
      break;
    default:
      check_history(text);
  }
  return 0;
}
