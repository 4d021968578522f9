#include "command/help.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <sstream>

#include "cli/table.hpp"
#include "unit/command/sample.hpp"

namespace halligan::command {
namespace {

TEST_CASE("help shows usage, groups, defaults and examples", "[command]") {
  const Program program = sample::program();
  CHECK(help_text({&program.root, &program.root.commands[0]}) ==
        "Make a thing.\n"
        "\n"
        "Usage: tool make -I KEY_ID [OPTION...] FILE [MORE...] [-- ARGUMENT...]\n"
        "\n"
        "Main:\n"
        "  -I, --key-id KEY_ID       who, and why (required)\n"
        "  -n, --names NAMES         names, separated by commas\n"
        "      --host HOST           a host\n"
        "      --empty TEXT          may be empty\n"
        "  -t, --type TYPE           fast or slow (default: fast)\n"
        "\n"
        "Numbers:\n"
        "  -z, --serial N            a number\n"
        "      --bits BITS           another\n"
        "      --fd N                a descriptor\n"
        "\n"
        "Options:\n"
        "  -y, --yes                 do not ask\n"
        "  -a, --agent               into the agent\n"
        "      --confirm             ask each time\n"
        "\n"
        "Arguments:\n"
        "  FILE                      a file\n"
        "  MORE                      more files\n"
        "\n"
        "Notes.\n"
        "\n"
        "Examples:\n"
        "  tool make -I x file\n"
        "  tool make -I y file\n");
  CHECK(help_text({&program.root}) ==
        "A tool.\n\nUsage: tool COMMAND [OPTION...]\n\nCommands:\n  make              make a thing\n"
        "  thing             things of all kinds\n");
}

TEST_CASE("help that is long is divided between words, and a default is not", "[command]") {
  Command command{"long", "of many words"};
  command.body = [] {
    Command::Body body;
    static std::string value = "a-default-that-is-rather-long";
    static bool on = false;
    body.flags.option("--an-option-with-a-long-name", "VALUE", value, "some words that are just long enough");
    for (const char* name : {"--one", "--two", "--three", "--four"}) {
      static std::string needed;
      body.flags.option(name, "A_RATHER_LONG_VALUE", needed, "needed").must();
    }
    body.flags.flag("--flag", on, std::string(60, 'x') + " and then some");
    return body;
  };
  const Program program{{"tool", "a tool"}, "1"};
  CHECK(help_text({&program.root, &command}) ==
        "Of many words.\n"
        "\n"
        "Usage: tool long --one A_RATHER_LONG_VALUE --two A_RATHER_LONG_VALUE\n"
        "         --three A_RATHER_LONG_VALUE --four A_RATHER_LONG_VALUE [OPTION...]\n"
        "\n"
        "Options:\n"
        "      --an-option-with-a-long-name VALUE\n"
        "                            some words that are just long enough\n"
        "                            (default: a-default-that-is-rather-long)\n"
        "      --one A_RATHER_LONG_VALUE\n"
        "                            needed (required)\n"
        "      --two A_RATHER_LONG_VALUE\n"
        "                            needed (required)\n"
        "      --three A_RATHER_LONG_VALUE\n"
        "                            needed (required)\n"
        "      --four A_RATHER_LONG_VALUE\n"
        "                            needed (required)\n"
        "      --flag                " +
            std::string(60, 'x') +
            "\n"
            "                            and then some\n");
}

TEST_CASE("every command of halligan is declared as a reader expects", "[command]") {
  const Program program = cli::halligan_program();
  std::size_t commands = 0;
  for (const auto& path : all_paths(program.root)) {
    CAPTURE(path_name(path));
    const Command& command = *path.back();
    CHECK(command.is_group() != static_cast<bool>(command.body));
    CHECK(!command.examples.empty());
    CHECK((command.summary.find('\n') == std::string::npos && !command.summary.ends_with('.')));
    std::istringstream lines(help_text(path));
    for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 80);
    if (command.is_group()) continue;
    ++commands;
    Command::Body body = command.body();
    CHECK(static_cast<bool>(body.run));
    std::set<std::string> names{"help"};
    std::set<char> letters{'h'};
    for (const Flag& flag : body.flags.all()) {
      CAPTURE(flag.name);
      CHECK((flag.argument || flag.name.size() > 1));
      CHECK(names.insert(flag.name).second);
      CHECK((flag.letter == '\0' || letters.insert(flag.letter).second));
      CHECK((!flag.help.empty() && !flag.help.ends_with('.')));
      CHECK((flag.name != "yes" || flag.letter == 'y'));
      for (const std::string& other : flag.excludes) CHECK_NOTHROW(body.flags[other]);
      for (const std::string& other : flag.needs) CHECK_NOTHROW(body.flags[other]);
    }
  }
  CHECK(commands > 20);
  const std::string help = help_text({&program.root});
  CHECK(std::count(help.begin(), help.end(), '\n') < 24);
}

TEST_CASE("the kind of a value is known from the word for it", "[command]") {
  Flags flags;
  std::string text;
  const auto kind = [&](const char* word) { return kind_of(flags.option("--x", word, text, "")); };
  CHECK(kind("FILE") == Kind::kFile);
  CHECK(kind("FILE.pub") == Kind::kFile);
  CHECK(kind("DIR") == Kind::kFolder);
  CHECK(kind("HOST[:PORT]") == Kind::kHost);
  CHECK(kind("NAME") == Kind::kText);
  CHECK(kind_of(flags.option("--x", "FILE", text, "").one_of({"a"})) == Kind::kChoice);
  CHECK(kind_of(flags.argument("FILE", text, "")) == Kind::kFile);
}

}  // namespace
}  // namespace halligan::command
