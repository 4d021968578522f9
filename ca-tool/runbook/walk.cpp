#include "runbook/walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "io/clock.hpp"
#include "io/identity.hpp"
#include "io/terminal.hpp"
#include "runbook/check.hpp"
#include "runbook/shell.hpp"
#include "runbook/transcript.hpp"
#include "ui/output.hpp"
#include "ui/screen.hpp"

namespace halligan::runbook {
namespace {

constexpr const char* kLocalWay = "sh -c";

// What a step did.
struct Done {
  int status = 0;
  std::string printed;
  std::string recorded;
  std::string wrong;  ///< what is not as expected; empty: nothing
  bool cut = false;
  int signal = 0;
};

// One letter of `letters`; the first is the default.
Result<char> choose(const std::string& question, std::string_view letters) {
  while (true) {
    HALLIGAN_TRY(const std::string answer, io::read_terminal_line(question));
    if (answer.empty()) return letters.front();
    for (const char each : letters) {
      if (is_word(answer, std::string_view(&each, 1))) return each;
    }
  }
}

Result<std::string> ask_reason(const std::string& question) {
  while (true) {
    HALLIGAN_TRY(std::string answer, io::read_terminal_line(question));
    if (!answer.empty()) return answer;
  }
}

Result<> show(const std::string& text) { return ui::print(text); }

class Walk {
 public:
  Walk(const Runbook& runbook, const WalkOptions& options, Transcript transcript)
      : runbook_(runbook),
        steps_(runbook.document.steps),
        options_(options),
        transcript_(std::move(transcript)),
        states_(transcript_.states()) {}

  Result<Walked> run() {
    HALLIGAN_CHECK(introduce());
    for (std::size_t number = 1; number <= steps_.size() && !stopped_; ++number) {
      const bool again = options_.from && number >= *options_.from;
      if (!again && transcript_.history().outcome(number) != Outcome::kNone) continue;
      HALLIGAN_CHECK(take(number, steps_[number - 1], again));
    }
    if (!stopped_) HALLIGAN_CHECK(finish());
    return result();
  }

 private:
  Result<> introduce() {
    const History& history = transcript_.history();
    if (history.records.empty()) {
      return transcript_.add({{"kind", "run"},
                              {"runbook", ui::json_text(runbook_.name)},
                              {"title", ui::json_text(runbook_.document.title)},
                              {"file", ui::json_text(runbook_.file)},
                              {"sha256", hex(runbook_.sha256)},
                              {"steps", steps_.size()},
                              {"user", ui::json_text(io::user_name())},
                              {"host", ui::json_text(io::machine_name())}});
    }
    std::size_t done = 0;
    while (done < steps_.size() && history.outcome(done + 1) != Outcome::kNone) ++done;
    HALLIGAN_CHECK(show(runbook_.document.title + "\n"));
    if (done != 0)
      HALLIGAN_CHECK(show(fmt::format("\n{} done earlier: not run again.\n",
                                      done == 1 ? "Step 1 was" : fmt::format("Steps 1 to {} were", done))));
    return transcript_.add({{"kind", "resume"}, {"user", ui::json_text(io::user_name())}});
  }

  Result<> take(std::size_t number, const Step& step, bool again) {
    HALLIGAN_CHECK(
        show("\n" + step.before +
             fmt::format("\nStep {} of {}, on {}:\n", number, steps_.size(), printable(step.place)) +
             step.text()));
    HALLIGAN_TRY(const std::string way, way_to(step.place));
    if (way.empty()) return take_by_hand(number, step);
    HALLIGAN_TRY(std::vector<std::string> commands, commands_of(number, step, again));
    HALLIGAN_TRY(const char answer, choose("Run it? [Y = run, s = skip, q = stop] ", "ysq"));
    if (answer == 's') return skip(number);
    if (answer == 'q') return stop(number);
    while (true) {
      HALLIGAN_CHECK(transcript_.add({{"kind", "begin"},
                                      {"step", number},
                                      {"line", step.line},
                                      {"place", step.place},
                                      {"commands", commands}}));
      const std::uint64_t started = io::unix_seconds();
      const Done done = perform(step, commands, way);
      if (!done.printed.empty() && !done.printed.ends_with('\n')) HALLIGAN_CHECK(show("\n"));
      HALLIGAN_CHECK(record(number, step, done, started));
      if (done.signal != 0) {
        ::raise(done.signal);
        return fail(Code::kNeedsPerson, "interrupted", "run it again: it goes on with this step");
      }
      if (done.wrong.empty()) return show("As expected.\n");
      HALLIGAN_TRY(const bool once_more, ask_after_fault(number, step, done.wrong));
      if (!once_more) return {};
      HALLIGAN_TRY(commands, commands_of(number, step, true));
    }
  }

  // Empty: the person goes there, and types the steps.
  Result<std::string> way_to(const std::string& place) {
    if (const auto given = options_.ways.find(place); given != options_.ways.end()) return given->second;
    if (place == kHere) return std::string(kLocalWay);
    if (auto known = transcript_.history().way(place)) return *std::move(known);
    HALLIGAN_TRY(std::string way, io::read_terminal_line(fmt::format(
                                      "How do you get a shell on {0}? (such as: ssh -t root@{0}; empty: you\n"
                                      "type its steps there yourself) ",
                                      printable(place))));
    HALLIGAN_CHECK(transcript_.add({{"kind", "place"}, {"place", place}, {"way", ui::json_text(way)}}));
    return way;
  }

  // With the person's own words in the place of placeholders. @param again they may have been mistyped
  Result<std::vector<std::string>> commands_of(std::size_t number, const Step& step, bool again) {
    std::vector<std::string> commands;
    for (const Line& each : step.commands) {
      const auto placeholder = placeholder_of(each.text);
      if (!placeholder) {
        commands.push_back(each.text);
        continue;
      }
      HALLIGAN_TRY(const std::string value, ask_placeholder(number, each.number, *placeholder, again));
      commands.push_back(placeholder->name + "=" + shell_word(value));
    }
    return commands;
  }

  Result<std::string> ask_placeholder(std::size_t number, std::size_t line, const Placeholder& asked,
                                      bool again) {
    const auto known = transcript_.history().answer(number, line);
    if (known && !again) {
      HALLIGAN_CHECK(show(fmt::format("{} is {}\n", asked.name, printable(*known))));
      return *known;
    }
    std::string& usual = answers_.try_emplace(asked.name + "=" + asked.example, asked.example).first->second;
    if (known) usual = *known;
    HALLIGAN_TRY(std::string value, io::read_terminal_line(fmt::format("{}, {} [{}]: ", asked.name,
                                                                       asked.meaning, printable(usual))));
    if (value.empty()) value = usual;
    usual = value;
    HALLIGAN_CHECK(transcript_.add({{"kind", "answer"},
                                    {"step", number},
                                    {"line", line},
                                    {"name", asked.name},
                                    {"value", ui::json_text(value)}}));
    return value;
  }

  Done perform(const Step& step, const std::vector<std::string>& commands, const std::string& way) {
    Done done;
    const auto ended = [&](const Error& error) {
      shells_.erase(step.place);
      done.wrong = printable(error.message);
      done.status = -1;
      return done;
    };
    for (const std::string& command : commands) {
      auto shell = shell_at(step.place, way);
      if (!shell) return ended(shell.error());
      auto ran = (*shell)->run(command);
      if (!ran) return ended(ran.error());
      done.printed += ran->printed;
      done.recorded += ran->recorded;
      done.cut = done.cut || ran->cut;
      done.status = ran->status;
      done.signal = ran->signal;
      if (done.signal != 0) {
        done.wrong = "interrupted";
        return done;
      }
      states_[step.place] = ui::json_text((*shell)->state());
      const int expected = &command == &commands.back() ? step.status : 0;
      if (ran->status != expected) {
        done.wrong = fmt::format("exit status {}, not {}, of: {}", ran->status, expected,
                                 printable(command.substr(0, command.find('\n'))));
        return done;
      }
    }
    if (const Line* missing = first_missing(step.seen, done.printed))
      done.wrong = "this line did not appear: " + printable(missing->text);
    return done;
  }

  Result<LastingShell*> shell_at(const std::string& place, const std::string& way) {
    if (const auto open = shells_.find(place); open != shells_.end()) return &open->second;
    HALLIGAN_TRY(LastingShell shell, LastingShell::start(way));
    if (const auto state = states_.find(place); state != states_.end())
      HALLIGAN_CHECK(shell.restore(state->get<std::string>()));
    return &shells_.emplace(place, std::move(shell)).first->second;
  }

  Result<> record(std::size_t number, const Step& step, const Done& done, std::uint64_t started) {
    ui::Json record{{"kind", done.signal != 0 ? "interrupted" : "step"},
                    {"step", number},
                    {"line", step.line},
                    {"place", step.place},
                    {"status", done.status},
                    {"as_expected", done.wrong.empty()},
                    {"wrong", ui::json_text(done.wrong)},
                    {"output", ui::json_text(done.recorded)},
                    {"cut", done.cut}};
    ui::put_moment(record, "started", started);
    HALLIGAN_CHECK(transcript_.add(std::move(record)));
    return transcript_.keep_states(states_);
  }

  /// @return whether it is to be run again
  Result<bool> ask_after_fault(std::size_t number, const Step& step, const std::string& wrong) {
    std::string text = ui::toned(ui::Tone::kAlarm, "NOT AS EXPECTED") + ": " + wrong + "\n";
    if (!step.otherwise.empty()) text += "\nWhat to do then:\n" + step.otherwise;
    HALLIGAN_CHECK(show(text));
    HALLIGAN_TRY(const char answer, choose("[A = run it again, g = go on nevertheless, q = stop] ", "agq"));
    if (answer == 'a') return true;
    if (answer == 'q') HALLIGAN_CHECK(stop(number));
    if (answer == 'g') {
      HALLIGAN_TRY(const std::string reason, ask_reason("Why go on? "));
      HALLIGAN_CHECK(
          transcript_.add({{"kind", "accept"}, {"step", number}, {"reason", ui::json_text(reason)}}));
    }
    return false;
  }

  Result<> take_by_hand(std::size_t number, const Step& step) {
    if (!step.seen.empty()) {
      std::string text = "You should see there:\n";
      for (const Line& each : step.seen) text += "  " + printable(each.text) + "\n";
      HALLIGAN_CHECK(show(text));
    }
    HALLIGAN_TRY(const char answer,
                 choose("Type it there. As expected? [Y = yes, n = no, s = skip, q = stop] ", "ynsq"));
    if (answer == 's') return skip(number);
    if (answer == 'q') return stop(number);
    HALLIGAN_CHECK(transcript_.add({{"kind", "by-hand"},
                                    {"step", number},
                                    {"line", step.line},
                                    {"place", step.place},
                                    {"as_expected", answer == 'y'}}));
    if (answer == 'y') return {};
    HALLIGAN_TRY(const bool again, ask_after_fault(number, step, "as you say"));
    return again ? take_by_hand(number, step) : Result<>{};
  }

  Result<> skip(std::size_t number) {
    HALLIGAN_TRY(const std::string reason, ask_reason("Why skip it? "));
    return transcript_.add({{"kind", "skip"}, {"step", number}, {"reason", ui::json_text(reason)}});
  }

  Result<> stop(std::size_t number) {
    stopped_ = true;
    return transcript_.add({{"kind", "stop"}, {"step", number}});
  }

  Result<> finish() {
    HALLIGAN_CHECK(show("\n" + runbook_.document.after));
    const Walked walked = result();
    HALLIGAN_CHECK(transcript_.add({{"kind", "end"},
                                    {"steps", walked.steps},
                                    {"ran", walked.as_expected},
                                    {"by_hand", walked.by_hand},
                                    {"accepted", walked.accepted},
                                    {"skipped", walked.skipped}}));
    transcript_.forget_states();
    return {};
  }

  Walked result() const {
    const History& history = transcript_.history();
    Walked walked;
    walked.steps = steps_.size();
    for (std::size_t number = 1; number <= steps_.size(); ++number) {
      const Outcome outcome = history.outcome(number);
      walked.by_hand += outcome == Outcome::kByHand;
      walked.as_expected += outcome == Outcome::kAsExpected || outcome == Outcome::kByHand;
      walked.accepted += outcome == Outcome::kAccepted;
      walked.skipped += outcome == Outcome::kSkipped;
    }
    walked.stopped = stopped_;
    walked.transcript = transcript_.path();
    walked.head = history.head;
    return walked;
  }

  const Runbook& runbook_;
  const std::vector<Step>& steps_;
  const WalkOptions& options_;
  Transcript transcript_;
  ui::Json states_;
  std::map<std::string, LastingShell> shells_;
  std::map<std::string, std::string> answers_;
  bool stopped_ = false;
};

Result<Transcript> transcript_for(const Runbook& runbook, const WalkOptions& options) {
  std::optional<std::string> unfinished;
  if (!options.anew) {
    HALLIGAN_TRY(unfinished, Transcript::unfinished(runbook.name));
  }
  if (unfinished) {
    auto transcript = Transcript::open(*unfinished).hint("begin a new walk with --new");
    if (!transcript) return transcript;
    if (transcript->history().runbook_sha256() == hex(runbook.sha256)) return transcript;
    HALLIGAN_CHECK(
        show("The runbook was changed since its last walk, which was not finished: a new one begins.\n"));
  }
  return Transcript::begin(runbook.name);
}

}  // namespace

Result<Walked> walk(const Runbook& runbook, const WalkOptions& options) {
  if (!io::have_terminal()) return fail(Code::kNeedsPerson, "no terminal to ask at", "run it on a terminal");
  if (options.from && *options.from > runbook.document.steps.size())
    return fail(Code::kUsage, fmt::format("--from: the runbook has {} steps", runbook.document.steps.size()));
  for (const auto& way : options.ways) {
    const std::string& place = way.first;
    if (std::ranges::none_of(runbook.document.steps, [&](const Step& each) { return each.place == place; }))
      return fail(Code::kUsage, "--at: no step is at " + printable(place));
  }
  HALLIGAN_TRY(Transcript transcript, transcript_for(runbook, options));
  return Walk(runbook, options, std::move(transcript)).run();
}

}  // namespace halligan::runbook
