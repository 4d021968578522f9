// A program of two commands, one of them in a group, with a flag of every kind.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command/declaration.hpp"

namespace halligan::sample {

struct Options {
  std::string id;
  std::vector<std::string> names;
  std::vector<std::string> hosts;
  std::optional<std::string> empty;
  std::string type = "fast";
  std::uint64_t serial = 7;
  std::optional<std::uint16_t> bits;
  int descriptor = -1;
  bool yes = false;
  bool agent = false;
  bool confirm = false;
  std::string file;
  std::vector<std::string> more;
  std::vector<std::string> rest;
};

inline void declare(command::Flags& flags, Options& options) {
  flags.group("Main");
  flags.option("-I,--key-id", "KEY_ID", options.id, "who, and why").must();
  flags.list("-n,--names", "NAMES", options.names, "names, separated by commas");
  flags.option("--host", "HOST", options.hosts, "a host");
  flags.option("--empty", "TEXT", options.empty, "may be empty").empty_too();
  flags.option("-t,--type", "TYPE", options.type, "fast or slow").one_of({"fast", "slow"});
  flags.group("Numbers");
  flags.number("-z,--serial", "N", options.serial, 1, UINT64_MAX, "a number");
  flags.number("--bits", "BITS", options.bits, 0, 65535, "another");
  flags.number("--fd", "N", options.descriptor, 0, 99, "a descriptor");
  flags.group("");
  flags.flag("-y,--yes", options.yes, "do not ask");
  flags.flag("-a,--agent", options.agent, "into the agent").without({"host"});
  flags.flag("--confirm", options.confirm, "ask each time").with("agent");
  flags.flag("--old", options.yes, "an old name").hide();
  flags.argument("FILE", options.file, "a file");
  flags.arguments("MORE", options.more, "more files");
  flags.rest("ARGUMENT", options.rest);
}

/// @param options what the last make was parsed into, for the test to look at
inline command::Program program(std::shared_ptr<Options> options = std::make_shared<Options>()) {
  command::Command make{"make", "make a thing"};
  make.body = [options] {
    command::Command::Body body;
    declare(body.flags, *options);
    body.run = [options]() -> Result<int> { return 7; };
    return body;
  };
  make.notes = "Notes.";
  make.examples = {"tool make -I x file", "tool make -I y file"};
  command::Command list{"list", "list things"};
  list.body = [] {
    command::Command::Body body;
    body.run = []() -> Result<int> { return 0; };
    return body;
  };
  list.examples = {"tool thing list"};
  command::Command group{"thing", "things of all kinds"};
  group.commands = {std::move(list)};
  group.examples = {"tool thing list"};
  command::Command root{"tool", "a tool"};
  root.commands = {std::move(make), std::move(group)};
  return {std::move(root), "1.2"};
}

}  // namespace halligan::sample
