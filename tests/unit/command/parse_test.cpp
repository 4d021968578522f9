#include "command/parse.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "unit/command/sample.hpp"

namespace halligan::command {
namespace {

using Words = std::vector<const char*>;

struct Row {
  Words words;
  std::string error;
  std::string hint = "see tool make --help";
};

TEST_CASE("what is typed goes into the options", "[command]") {
  const auto options = std::make_shared<sample::Options>();
  const Program program = sample::program(options);
  const auto taken = [&](const Words& words) {
    *options = {};
    const auto parsed = parse(program, words);
    if (!parsed) FAIL(parsed.error().message);
    REQUIRE(parsed->run);
    CHECK(parsed->text.empty());
    CHECK(*parsed->run() == 7);
  };
  taken({"make", "-I", "x", "-n", "a,b", "--names=c", "--host", "h1", "--host=h2", "-yt", "slow", "f"});
  CHECK(options->id == "x");
  CHECK(options->names == std::vector<std::string>{"a", "b", "c"});
  CHECK(options->hosts == std::vector<std::string>{"h1", "h2"});
  CHECK((options->yes && !options->agent));
  CHECK((options->type == "slow" && options->file == "f"));

  taken({"make", "f", "--key-id=a=b", "g", "-", "-z18446744073709551615", "--bits", "0", "--fd=99", "h"});
  CHECK((options->id == "a=b" && options->file == "f"));
  CHECK(options->more == std::vector<std::string>{"g", "-", "h"});
  CHECK(options->serial == UINT64_MAX);
  CHECK((options->bits == 0 && options->descriptor == 99));

  taken({"make", "-I-x", "f", "--empty=", "-a", "--confirm", "--", "-y", "--", "--key-id"});
  CHECK((options->id == "-x" && !options->yes && options->confirm));
  CHECK((options->empty && options->empty->empty()));
  CHECK(options->rest == std::vector<std::string>{"-y", "--", "--key-id"});
  CHECK((options->type == "fast" && options->serial == 7 && !options->bits));

  taken({"make", "-I", "--agent", "f", "--old", "-yy", "--yes"});
  CHECK((options->id == "--agent" && options->yes && !options->agent));
}

TEST_CASE("what is wrong is named, in the order in which it was typed", "[command]") {
  const std::string number = "expected a number from 1 to 18446744073709551615, not ";
  const auto row = GENERATE_COPY(values<Row>({
      {{"mkae"}, "unknown command \"mkae\"; did you mean make?", "see tool --help"},
      {{"frobnicate"}, "unknown command \"frobnicate\"", "see tool --help"},
      {{"thing", "lst"}, "unknown command \"lst\"; did you mean list?", "see tool thing --help"},
      {{"thing"}, "missing subcommand", "see tool thing --help"},
      {{"--frob"}, "unknown option --frob", "see tool --help"},
      {{"--verson"}, "unknown option --verson; did you mean --version?", "see tool --help"},
      {{"thing", "list", "x"}, "unexpected argument \"x\"", "see tool thing list --help"},
      {{"thing", "list", "--", "x"}, "unexpected argument \"x\"", "see tool thing list --help"},
      {{"help", "make", "x"}, "unexpected argument \"x\""},
      {{"make", "--kye-id", "x"}, "unknown option --kye-id; did you mean --key-id?"},
      {{"make", "--key", "x"}, "unknown option --key; did you mean --key-id?"},
      {{"make", "--hlep"}, "unknown option --hlep; did you mean --help?"},
      {{"make", "--ol"}, "unknown option --ol"},
      {{"make", "-Z"}, "unknown option -Z"},
      {{"make", "-yZ"}, "unknown option -Z"},
      {{"make", "-I", "x", "--yes=1"}, "--yes takes no value"},
      {{"make", "--help=1"}, "--help takes no value"},
      {{"make", "-I"}, "--key-id requires a value"},
      {{"make", "--key-id"}, "--key-id requires a value"},
      {{"make", "-I", ""}, "--key-id: the value is empty"},
      {{"make", "--key-id="}, "--key-id: the value is empty"},
      {{"make", "-I", "x", "-I", "y"}, "--key-id is given twice"},
      {{"make", "-t", "fast", "--type=fast"}, "--type is given twice"},
      {{"make", "-t", "sloww"}, "--type: expected fast or slow, not \"sloww\""},
      {{"make", "-n", "a,,b"}, "--names: an empty name in \"a,,b\""},
      {{"make", "-n", "a,"}, "--names: an empty name in \"a,\""},
      {{"make", "-z", "0"}, "--serial: " + number + "\"0\""},
      {{"make", "-z", "18446744073709551616"}, "--serial: " + number + "\"18446744073709551616\""},
      {{"make", "-z", "-1"}, "--serial: " + number + "\"-1\""},
      {{"make", "-z", "+1"}, "--serial: " + number + "\"+1\""},
      {{"make", "-z", "01"}, "--serial: " + number + "\"01\""},
      {{"make", "-z", " 1"}, "--serial: " + number + "\" 1\""},
      {{"make", "-z", "0x1"}, "--serial: " + number + "\"0x1\""},
      {{"make", "--bits", "65536"}, "--bits: expected a number from 0 to 65535, not \"65536\""},
      {{"make", "f"}, "missing option --key-id"},
      {{"make", "-I", "x"}, "missing argument FILE"},
      {{"make", "-I", "x", "f", "--confirm"}, "--confirm requires --agent"},
      {{"make", "-I", "x", "f", "--agent", "--host", "h"}, "--agent and --host cannot be combined"},
      {{"make", "--frob", "-z", "x"}, "unknown option --frob"},
      {{"make", "-z", "x", "--frob"}, "--serial: " + number + "\"x\""},
      {{"make", "--frob", "--help"}, "unknown option --frob"},
  }));
  std::string typed;
  for (const char* word : row.words) typed += std::string(" ") + word;
  CAPTURE(typed);
  const auto parsed = parse(sample::program(), row.words);
  REQUIRE(!parsed);
  CHECK(parsed.error().code == Code::kUsage);
  CHECK(parsed.error().message == row.error);
  CHECK(parsed.error().hint == row.hint);
}

TEST_CASE("help and the version are text, not errors", "[command]") {
  const auto text = [](const Words& words) {
    const auto parsed = parse(sample::program(), words);
    if (!parsed) FAIL(parsed.error().message);
    CHECK(!parsed->run);
    return parsed->text;
  };
  CHECK(text({"--version"}) == "tool 1.2\n");
  const std::string whole = text({});
  CHECK(whole.starts_with("A tool.\n\nUsage: tool COMMAND [OPTION...]\n"));
  for (const Words& words : {Words{"help"}, Words{"-h"}, Words{"--help"}}) CHECK(text(words) == whole);
  const std::string group = text({"thing", "-h"});
  CHECK(group.starts_with("Things of all kinds.\n"));
  for (const Words& words : {Words{"help", "thing"}, Words{"thing", "--help"}}) CHECK(text(words) == group);
  const std::string make = text({"help", "make"});
  for (const Words& words : {Words{"make", "-h"}, Words{"make", "-y", "--help"}, Words{"make", "-yh"}}) {
    CHECK(text(words) == make);
  }
}

TEST_CASE("no byte that was typed reaches the terminal as it is", "[command]") {
  const auto options = std::make_shared<sample::Options>();
  const Program program = sample::program(options);
  for (const char* bad : {"\x1b[2J", "a\nb", "\x9b", "\xff", "\xc2\x9b"}) {
    const std::string word = bad;
    const std::string dashed = "--" + word;
    const std::string letter = "-" + word;
    const std::string listed = word + ",,";
    const std::string value = "--key-id=" + word;
    for (const Words& words :
         {Words{bad}, Words{"thing", bad}, Words{"make", dashed.c_str()}, Words{"make", letter.c_str()},
          Words{"make", "-t", bad}, Words{"make", "-z", bad}, Words{"make", "-n", listed.c_str()},
          Words{"thing", "list", bad}, Words{"help", "make", bad}, Words{dashed.c_str()}}) {
      const auto parsed = parse(program, words);
      REQUIRE(!parsed);
      const std::string& message = parsed.error().message;
      CAPTURE(message);
      CHECK(
          std::all_of(message.begin(), message.end(), [](char each) { return each >= ' ' && each <= '~'; }));
    }
    // As a value it is the command's matter, and arrives as it is.
    const auto parsed = parse(program, Words{"make", value.c_str(), "f"});
    REQUIRE(parsed);
    CHECK(options->id == word);
    *options = {};
  }
}

TEST_CASE("the nearest name is the one that was probably meant", "[command]") {
  const std::vector<std::string> names{"mint", "sign", "inspect", "--principals", "--provider"};
  struct Near {
    const char* typed;
    const char* meant;
  };
  const auto row = GENERATE(values<Near>({
      {"mnt", "mint"},
      {"mitn", "mint"},
      {"mintt", "mint"},
      {"sing", "sign"},
      {"insp", "inspect"},
      {"--princpals", "--principals"},
      {"--prin", "--principals"},
      {"xyz", ""},
      {"--frob", ""},
      {"s", "sign"},
      {"zz", ""},
  }));
  CAPTURE(row.typed);
  CHECK(nearest(row.typed, names) == row.meant);
  CHECK(nearest(std::string(100000, 'm'), names).empty());
}

TEST_CASE("a flag that no command declares is our bug", "[command]") {
  Flags flags;
  CHECK_THROWS_AS(flags["gone"], std::logic_error);
}

}  // namespace
}  // namespace halligan::command
