#include <algorithm>
#include <catch2/catch.hpp>

#include "man/completion.hpp"
#include "man/mdoc.hpp"
#include "man/template.hpp"
#include "unit/command/sample.hpp"

namespace halligan::pages {
namespace {

using command::Flags;

TEST_CASE("text is escaped for mdoc, and an option in it is marked up", "[pages]") {
  struct Row {
    const char* text;
    const char* mdoc;
  };
  const auto row = GENERATE(values<Row>({
      {"plain words", "plain words\n"},
      {".Sh NAME", "\\&.Sh NAME\n"},
      {"'quoted' word", "\\&'quoted' word\n"},
      {"a \\fB back", "a \\efB back\n"},
      {"see --key-id, or --ca", "see\n.Fl -key-id ,\nor\n.Fl -ca\n"},
      {"- for standard input", "\\- for standard input\n"},
      {"arguments after -- are", "arguments after \\-\\- are\n"},
      {"one. Two", "one.\nTwo\n"},
      {"--", "\\-\\-\n"},
      {"--1", "--1\n"},
      {"a\nb.\n.Sh X", "a b.\n.Sh X\n"},
      {"  two  blanks ", "two blanks\n"},
      {"", ""},
  }));
  CAPTURE(row.text);
  // A line break in a help text is a blank like any other.
  if (std::string(row.text).find('\n') == std::string::npos) CHECK(mdoc_text(row.text) == row.mdoc);
  std::string text(row.text);
  std::replace(text.begin(), text.end(), ' ', '\n');
  const std::string lines = mdoc_text(text);
  CHECK(lines.find("\n.S") == std::string::npos);
  CHECK(lines.find("\n'") == std::string::npos);
}

TEST_CASE("lines of text end before 80 columns", "[pages]") {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "seven77 ";
  const std::string lines = mdoc_text(text);
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = lines.find('\n', begin);
    CHECK(end - begin < 80);
    begin = end + 1;
  }
}

TEST_CASE("an argument of a macro is one word and no macro", "[pages]") {
  CHECK(mdoc_argument("KEY_ID") == "KEY_ID");
  CHECK(mdoc_argument("a b") == "\"a b\"");
  CHECK(mdoc_argument("a\"b") == "\"a\"\"b\"");
  CHECK(mdoc_argument("No") == "\\&No");
  CHECK(mdoc_argument(".") == "\\&.");
  CHECK(mdoc_argument("N") == "N");
  CHECK(mdoc_argument("-5m:+60m") == "-5m:+60m");
  CHECK(mdoc_argument("a\\b") == "a\\eb");
}

TEST_CASE("a row says what the declaration says", "[pages]") {
  Flags flags;
  std::string text = "emergency";
  std::vector<std::string> list;
  bool on = false;
  CHECK(flag_row(flags.option("-o,--output", "FILE", text, "write FILE")) ==
        ".It Fl o , Fl -output Ar FILE\nWrite FILE.\nThe default is\n.Pa emergency .\n");
  CHECK(flag_row(flags.option("-t,--type", "TYPE", text, "ed25519 or rsa")) ==
        ".It Fl t , Fl -type Ar TYPE\ned25519 or rsa.\nThe default is\n.Cm emergency .\n");
  CHECK(flag_row(flags.option("--to", "NAME", list, "a name")) ==
        ".It Fl -to Ar NAME\nA name.\nThe option may be given several times.\n");
  CHECK(flag_row(flags.flag("--confirm", on, "ask").with("agent")) ==
        ".It Fl -confirm\nAsk.\nIt requires\n.Fl -agent .\n");
  CHECK(flag_row(flags.flag("--agent", on, "into it").without({"output", "force", "ssh"})) ==
        ".It Fl -agent\nInto it.\nIt cannot be combined with\n.Fl -output ,\n.Fl -force\nor\n.Fl -ssh .\n");
  CHECK(flag_row(flags.arguments("FILE", list, "files")) == ".It Ar FILE ...\nFiles.\n");
}

TEST_CASE("the synopsis has what is required first", "[pages]") {
  const command::Program program = sample::program();
  CHECK(synopsis({&program.root, &program.root.commands[0]}) ==
        ".Nm tool Cm make\n.Fl I Ar KEY_ID\n.Op Fl n Ar NAMES\n.Op Fl -host Ar HOST\n.Op Fl -empty Ar TEXT\n"
        ".Op Fl t Ar TYPE\n.Op Fl z Ar N\n.Op Fl -bits Ar BITS\n.Op Fl -fd Ar N\n.Op Fl y\n.Op Fl a\n"
        ".Op Fl -confirm\n.Ar FILE\n.Op Ar MORE ...\n.Op Fl - Ar ARGUMENT ...\n");
}

std::string filled(const std::string& text) {
  const auto page = fill(sample::program(), {"t.1.in", text});
  if (!page) FAIL(page.error().message);
  return *page;
}

TEST_CASE("a template is filled, and the rest of it stays as it is", "[pages]") {
  const std::string make = ".\\\" @options make\n";
  CHECK(filled(".Sh NAME\n.\\\" a comment\n") == ".Sh NAME\n.\\\" a comment\n");
  CHECK(filled(".\\\" @synopsis thing list\n") == ".Nm tool Cm thing list\n");
  CHECK(filled(".\\\" @options thing list\n.\\\" @end\nend\n") == "end\n");
  const std::string page = filled("a\n" + make + ".\\\" @detail --yes\nMore of it.\n.\\\" @end\nb\n");
  CHECK(page.starts_with("a\n.Bl -tag -width Ds\n.It Fl I , Fl -key-id Ar KEY_ID\nWho, and why.\n"));
  CHECK(page.find(".It Fl y , Fl -yes\nDo not ask.\nMore of it.\n.It") != std::string::npos);
  CHECK(page.ends_with(".El\nb\n"));
  // An old name is not listed unless the page has something to say of it.
  CHECK(page.find("-old") == std::string::npos);
  CHECK(filled(make + ".\\\" @detail --old\nUse --yes.\n.\\\" @end\n").find(".It Fl -old\n") !=
        std::string::npos);
}

TEST_CASE("a template that does not fit the commands is an error with its line", "[pages]") {
  struct Row {
    const char* text;
    const char* error;
  };
  const auto row = GENERATE(values<Row>({
      {"\n.\\\" @synopsis mkae\n", "t.1.in:2: unknown command \"mkae\""},
      {".\\\" @synopsis thing\n", "t.1.in:1: unknown command \"thing\""},
      {".\\\" @options make it\n", "t.1.in:1: unknown command \"make it\""},
      {".\\\" @options m\x1b\n", "t.1.in:1: unknown command \"m\\x1b\""},
      {".\\\" @frob make\n", "t.1.in:1: unknown marker @frob"},
      {".\\\" @options make\n", "t.1.in:1: @options make has no @end"},
      {".\\\" @options make\n.\\\" @options thing list\n",
       "t.1.in:2: @options before the @end of @options make"},
      {".\\\" @end\n", "t.1.in:1: @end without @options"},
      {".\\\" @detail --yes\n", "t.1.in:1: @detail outside of @options"},
      {".\\\" @options make\n.\\\" @detail --gone\n", "t.1.in:2: halligan make has no option --gone"},
      {".\\\" @options make\n.\\\" @detail yes\n", "t.1.in:2: halligan make has no option yes"},
      {".\\\" @options make\n.\\\" @detail --yes\nx\n.\\\" @detail --yes\n",
       "t.1.in:4: a second @detail --yes"},
      {".\\\" @options make\ntext\n", "t.1.in:2: text between @options make and its first @detail"},
      {".\\\" @synopsis make\n.\\\" @synopsis make\n",
       "t.1.in:2: the synopsis tool make is also at t.1.in:1"},
  }));
  CAPTURE(row.text);
  const auto page = fill(sample::program(), {"t.1.in", row.text});
  REQUIRE(!page);
  CHECK(page.error().message == row.error);
}

TEST_CASE("a command that is on no page is an error", "[pages]") {
  const std::string make = ".\\\" @synopsis make\n.\\\" @options make\n.\\\" @end\n";
  const std::string list = ".\\\" @synopsis thing list\n.\\\" @options thing list\n.\\\" @end\n";
  const auto error = [](const std::vector<Page>& pages) {
    const auto made = fill_all(sample::program(), pages);
    return made ? std::string() : made.error().message;
  };
  CHECK(error({{"a", make}, {"b", list}}).empty());
  CHECK(error({{"a", make + list}}).empty());
  CHECK(error({{"a", make}}) == "no man page has the synopsis of tool thing list");
  CHECK(error({{"a", make + ".\\\" @synopsis thing list\n"}}) ==
        "no man page has the options of tool thing list");
  CHECK(error({{"a", make}, {"b", list + make}}) == "b:4: the synopsis tool make is also at a:1");
}

TEST_CASE("a script quotes what a declaration says", "[pages]") {
  command::Program program = sample::program();
  program.root.commands[0].summary = "it's: a [thing] $(touch x) `y` \\n \"z\"";
  const command::Command inner = program.root.commands[0];
  static bool on = false;
  program.root.commands[0].body = [inner] {
    command::Command::Body body = inner.body();
    body.flags.flag("--odd", on, "it's: [odd] $(touch x) \\n");
    return body;
  };
  CHECK(zsh_completion(program).find(R"('make:it'\''s: a [thing] $(touch x) `y` \n "z"')") !=
        std::string::npos);
  CHECK(zsh_completion(program).find(R"('(--odd)--odd[it'\''s\: \[odd\] $(touch x) \\n]')") !=
        std::string::npos);
  CHECK(fish_completion(program).find(R"(-d 'it\'s: a [thing] $(touch x) `y` \\n "z"')") !=
        std::string::npos);
  CHECK(bash_completion(program).find("touch x") == std::string::npos);
}

TEST_CASE("what is made is the same each time, without what is hidden", "[pages]") {
  for (const auto make : {bash_completion, zsh_completion, fish_completion}) {
    const std::string script = make(sample::program());
    CHECK(script == make(sample::program()));
    CHECK(script.find("an old name") == std::string::npos);
    CHECK(script.find("--old") == std::string::npos);
    CHECK(script.find("confirm") != std::string::npos);
  }
}

}  // namespace
}  // namespace halligan::pages
