// Running another program to its end: no shell, and its streams go where the caller says.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "io/child.hpp"

namespace halligan::io {

struct Null {};       ///< /dev/null
struct Inherited {};  ///< our own
struct Terminal {};   ///< our terminal, or /dev/null without one: for programs that ask nowhere else
struct Captured {     ///< into Finished::out or Finished::err
  std::size_t limit = 1 << 20;  ///< bytes; more is an error
};
struct Relayed {               ///< to our own as it comes; its end is kept in Finished::out or Finished::err
  std::size_t kept = 1 << 12;  ///< bytes
};
using Buffer = std::span<std::uint8_t>;  ///< for secrets: into this memory alone; more is an error

using Input = std::variant<Null, Inherited, Terminal, ByteView>;  ///< the bytes go through a pipe
using Output = std::variant<Captured, Null, Inherited, Relayed, Buffer>;

struct Command {
  std::vector<std::string> argv{};  ///< argv[0] is looked up in PATH unless it has a slash
  Input in{};
  Output out{};
  Output err{};
  std::optional<std::chrono::milliseconds> timeout = std::chrono::seconds(30);  ///< see Child::end()
  Variables variables{};
  /// The program takes our place at the terminal, and we outlive it: Ctrl-C and Ctrl-\ reach it by themselves
  /// and are its to answer; SIGTERM and SIGHUP are passed on to it.
  bool foreground = false;
  /// A descriptor: once it is readable, such as the inbox of a SignalHold of ours, the program is ended as
  /// when its time is over, and that is no error.
  int stop = -1;
};

struct Finished {
  int exit_code = 0;  ///< 128 + signal if one ended it, as in a shell
  std::string out;
  std::string err;
  std::size_t size = 0;  ///< bytes in the Buffer of `out`
  bool interrupted =
      false;  ///< in the foreground a signal came for us, or it was stopped; go on to nothing else
};

/// Run to the end of the program; its own children may keep its pipes open. One that fails is a result, not
/// an error. @errors kUnreachable (cannot be started, timed out) · kBadInput (more output than allowed)
Result<Finished> run(const Command& command);

}  // namespace halligan::io
