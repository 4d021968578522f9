// A shell that stays open while a runbook is walked through, here or on another machine: variables and the
// current folder last from command to command. It has a terminal of its own between it and the person's, so
// that ssh, PIN prompts and editors work and what is printed can be kept.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "io/child.hpp"

namespace halligan::runbook {

/// What a command left.
struct Ran {
  int status = 0;
  std::string printed;   ///< of very long outputs the end
  std::string recorded;  ///< the same without what a person typed: a PIN may have come before its prompt
  bool cut = false;      ///< it was longer
  int signal = 0;        ///< that came for us meanwhile, to be raised again: the command may not have ended
};

class LastingShell {
 public:
  /// Start one, and wait until it is there: a person may be asked things on the way.
  /// @param way a command line that is given one more word, a command line for a shell there: "sh -c",
  ///   "ssh -t root@web1"
  /// @errors kUnreachable (it ended) · kNeedsPerson (no terminal)
  static Result<LastingShell> start(const std::string& way);

  LastingShell(LastingShell&&) = default;

  /// Run it there while the person is at its terminal. @param command at most kMostCommand bytes
  /// @errors kUnreachable: the shell has ended; kNeedsPerson: the terminal has
  Result<Ran> run(const std::string& command);

  /// Commands that put another shell into the state that this one is in: its folder, the variables that were
  /// set since it started.
  const std::string& state() const { return state_; }
  /// The state of an earlier one. @errors as run()
  Result<> restore(const std::string& state);

 private:
  LastingShell(io::Child child, Descriptor master, Descriptor slave, std::string id)
      : child_(std::move(child)), master_(std::move(master)), slave_(std::move(slave)), id_(std::move(id)) {}

  /// Until the shell waits for the next command. @param shown to the person
  Result<Ran> converse(bool shown);
  Result<Ran> send(const std::string& command, bool shown);
  /// @param report "NUMBER\nSTATUS\nFOLDER\nVARIABLES"
  int take_report(const std::string& report);

  io::Child child_;
  Descriptor master_;
  Descriptor slave_;  // kept open, so that the end of one program is not the end of the terminal
  std::string id_;
  std::size_t number_ = 0;  // of the last command
  std::string at_start_;    // its variables
  std::string state_;
};

}  // namespace halligan::runbook
