// A flag is declared once, and is everywhere.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "cli/table.hpp"
#include "command/parse.hpp"
#include "man/completion.hpp"
#include "man/template.hpp"

namespace halligan::pages {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string man_page(const command::Program& program) {
  std::ifstream file(HALLIGAN_TEMPLATES "halligan-mint.1.in");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  REQUIRE(!text.empty());
  const auto page = fill(program, {"halligan-mint.1.in", text});
  if (!page) FAIL(page.error().message);
  return *page;
}

TEST_CASE("one line in a declaration adds a flag to the parser, help, man page and completions", "[pages]") {
  command::Program program = cli::halligan_program();
  const auto mint = std::find_if(program.root.commands.begin(), program.root.commands.end(),
                                 [](const command::Command& each) { return each.name == "mint"; });
  REQUIRE(mint != program.root.commands.end());
  const auto help = [&] {
    const auto parsed = command::parse(program, std::vector<const char*>{"mint", "--help"});
    REQUIRE(parsed);
    return parsed->text;
  };
  const std::vector<const char*> words{"mint", "-I", "x", "-n", "root", "--frobnicate"};
  const auto refused = command::parse(program, words);
  REQUIRE(!refused);
  CHECK(refused.error().message == "unknown option --frobnicate");
  CHECK(!has(help() + man_page(program) + bash_completion(program), "frobnicate"));
  CHECK(!has(zsh_completion(program) + fish_completion(program), "frobnicate"));

  bool frobnicate = false;
  mint->body = [inner = mint->body, &frobnicate] {
    command::Command::Body body = inner();
    body.flags.flag("-F,--frobnicate", frobnicate, "frobnicate the key");
    return body;
  };
  CHECK(command::parse(program, words));
  CHECK(frobnicate);
  CHECK(has(help(), "  -F, --frobnicate          frobnicate the key\n"));
  const std::string page = man_page(program);
  CHECK(has(page, ".Op Fl F\n"));
  CHECK(has(page, ".It Fl F , Fl -frobnicate\nFrobnicate the key.\n"));
  CHECK(has(bash_completion(program), "'-F --frobnicate none once'"));
  CHECK(has(zsh_completion(program), "'(-F --frobnicate)--frobnicate[frobnicate the key]'"));
  CHECK(has(fish_completion(program), " -s F -l frobnicate -d 'frobnicate the key'"));
}

}  // namespace
}  // namespace halligan::pages
