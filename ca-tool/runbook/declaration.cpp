// The flags of runbook.
#include "runbook/commands.hpp"

namespace halligan::runbook {
namespace {

void declare_list(command::Flags& flags, ListOptions& options) { ui::declare_json(flags, options.output); }

void declare_show(command::Flags& flags, ShowOptions& options) {
  flags.argument("RUNBOOK", options.runbook, "name, how it begins, or a file");
  ui::declare_json(flags, options.output, "one object a step");
  ui::declare_pager(flags, options.output);
}

void declare_run(command::Flags& flags, RunOptions& options) {
  flags.argument("RUNBOOK", options.runbook, "name, how it begins, or a file");
  flags.option("--at", "PLACE=COMMAND", options.at, "how to get a shell there: web1='ssh -t root@web1'");
  flags.number("--from", "STEP", options.from, 1, 1000, "run the steps from this one again");
  flags.flag("--new", options.anew, "do not go on with an earlier walk").without({"from"});
}

void declare_check(command::Flags& flags, CheckOptions& options) {
  flags.argument("RUNBOOK", options.runbook, "name, how it begins, or a file; or a transcript");
  flags.option("--ran", "FILE", options.ran, "a transcript: name the steps that were not run");
  ui::declare_json(flags, options.output);
}

}  // namespace

command::Command runbook_command() {
  return command::group(
      "runbook", "walk through a runbook, step by step, and keep a record",
      "halligan runbook run emergency-access",
      {command::make("list", "name the runbooks that there are", list_runbooks, declare_list,
                     {.notes = "Those installed with halligan, else those in ./runbooks.",
                      .examples = {"halligan runbook list"}}),
       command::make("show", "print a runbook", show_runbook, declare_show,
                     {.examples = {"halligan runbook show emergency-access"}}),
       command::make(
           "run", "be walked through a runbook", run_runbook, declare_run,
           {.notes = "Shows each step and asks before running it. Run again after an interruption, it\n"
                     "goes on where it was. Exit status 1 unless each step did what it should.",
            .examples = {"halligan runbook run emergency-access",
                         "halligan runbook run trust-hosts --at web1='ssh -t root@web1'"}}),
       command::make("check", "say what is wrong with a runbook, or with a transcript", check_runbook_file,
                     declare_check,
                     {.notes = "Exit status 1 if something is wrong.",
                      .examples = {"halligan runbook check runbooks/emergency-access.md"}})});
}

}  // namespace halligan::runbook
