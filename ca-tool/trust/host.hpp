// Reaching a host: by the stock ssh, or this machine itself.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "io/child.hpp"
#include "io/descriptor.hpp"

namespace halligan::trust {

struct Host {
  std::string name;                        ///< as ssh takes it; empty: this machine
  std::vector<std::string> ssh_arguments;  ///< before the name
  bool sudo = false;

  bool local() const { return name.empty(); }
  /// For messages.
  std::string shown() const;
  /// ssh, with connections of its own if `fresh`, up to its options. @param more options before the user's
  std::vector<std::string> ssh(bool fresh, const std::vector<std::string>& more = {}) const;
  /// A shell there, as root if it was asked for, that reads a script from its standard input.
  std::vector<std::string> shell() const;
};

/// Run a script there, as root if it was asked for. @return what it printed. @errors kUnreachable
Result<std::string> run_script(const Host& host, const std::string& script);

/// A script that runs there and waits for our word; it ends when this does.
class Conversation {
 public:
  /// @errors kUnreachable
  static Result<Conversation> start(const Host& host, const std::string& script);

  /// The next line, without its newline; nothing at the end, or when nothing comes until the deadline.
  std::optional<std::string> line(io::Deadline deadline);
  /// @return is anybody still there?
  bool send(std::string_view text);
  /// No more words from us.
  void hang_up() { in_.reset(); }

 private:
  Conversation(io::Child child, Descriptor in, Descriptor out)
      : child_(std::move(child)), in_(std::move(in)), out_(std::move(out)) {}

  io::Child child_;
  Descriptor in_;
  Descriptor out_;
  std::string pending_;
};

}  // namespace halligan::trust
