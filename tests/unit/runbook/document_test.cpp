// Runbooks as they are read, and what counts as seen.
#include "runbook/document.hpp"

#include <catch2/catch.hpp>

#include "base/codec.hpp"
#include "crypto/digest.hpp"
#include "runbook/check.hpp"

using namespace halligan;
using namespace halligan::runbook;

namespace {

constexpr std::string_view kPage = R"(# A page

Prose with `code` and a [link](x.md).

<!-- test: plug blue -->
<!-- test: answer PIN: => 1234 -->

```sh laptop
$ HOST=web1    # the host
$ ssh \
    "$HOST"
```

```text
hello …
```

*Not that*? Do this.

## Next

<!-- test: exit 3 -->

```sh web1
$ false
```

| you see instead | then |
|---|---|
| nothing | wait |

<!-- test: not run: far away -->

```text
$ rm -r /
```

The end.

<!-- test: unplug -->
)";

std::string broken_by(std::string_view old, std::string_view with) {
  std::string page(kPage);
  page.replace(page.find(old), old.size(), with);
  const auto document = parse_document(page, "p.md");
  return document ? "" : document.error().message;
}

}  // namespace

TEST_CASE("A page gives its steps, with what belongs to each") {
  const auto document = parse_document(kPage, "p.md");
  REQUIRE(document);
  CHECK(document->title == "A page");
  REQUIRE(document->steps.size() == 2);
  const Step& first = document->steps[0];
  CHECK(first.line == 9);
  CHECK(first.place == "laptop");
  REQUIRE(first.commands.size() == 2);
  CHECK(first.commands[1].text == "ssh \\\n    \"$HOST\"");
  CHECK(first.text() == "$ HOST=web1    # the host\n$ ssh \\\n    \"$HOST\"\n");
  CHECK(first.directions == std::vector<std::string>{"plug blue", "answer PIN: => 1234"});
  CHECK(first.before == "A page\n\nProse with code and a link.\n");
  REQUIRE(first.seen.size() == 1);
  CHECK(first.seen[0].text == "hello \xe2\x80\xa6");
  CHECK(first.otherwise == "*Not that*? Do this.\n");
  const Step& second = document->steps[1];
  CHECK(second.place == "web1");
  CHECK(second.status == 3);
  CHECK(second.otherwise == "  you see instead  then\n  nothing          wait\n");
  CHECK(document->not_run == std::vector<std::string>{"far away"});
  CHECK(document->directions == std::vector<std::string>{"unplug"});
  CHECK(document->after.find("  $ rm -r /\n") != std::string::npos);
  CHECK(document->after.ends_with("The end.\n"));
}

TEST_CASE("What nobody would run or see is an error with its line") {
  const auto [old, with, message] = GENERATE(values<std::tuple<const char*, const char*, const char*>>({
      {"```sh laptop", "```bash", "p.md:8: a fence of kind \"bash\", which nobody runs"},
      {"```sh laptop", "```sh", "p.md:8: a fence of kind \"sh\", which nobody runs"},
      {"```sh web1", "    indented\n\n```sh web1", "p.md:24: an indented block"},
      {"$ false", "false", "p.md:25: a line that neither begins nor continues"},
      {"$ false", "$ false \\", "p.md:25: a command that does not end"},
      {"$ false\n", "", "p.md:25: a step without a command"},
      {"test: plug blue", "test: plug", "p.md:5: unknown direction: plug"},
      {"test: plug blue", "todo", "p.md:5: HTML that is no direction"},
      {"test: exit 3", "test: exit 256", "p.md:22: no exit status"},
      {"test: unplug", "test: exit 1", "p.md:40: a direction that belongs to no step"},
      {"test: unplug", "test: not run: x y", "p.md:40: \"not run\" without a fence"},
      {"Prose", "Prose <b>", "p.md:3: HTML in the text"},
      {"The end.", "The\xe2\x80\xae end.", "p.md:38: characters that are not shown"},
      {"The end.", "- ```sh laptop\n  $ x\n  ```", "p.md:38: a fence or comment inside"},
      {"The end.", ">>>>>>>>>>>>>> deep", "p.md:38: blocks inside of too many"},
      {"$ rm -r /\n```", "$ rm -r /", "p.md:34: a fence that does not end"},
  }));
  CAPTURE(old, with);
  const std::string said = broken_by(old, with);
  CHECK(said.substr(0, std::string_view(message).size()) == message);
}

TEST_CASE("A page without a step, or with output before one, is not a runbook") {
  CHECK(parse_document("# x\n", "p").error().message == "p: no step");
  CHECK(parse_document("```text\nx\n```\n", "p").error().message ==
        "p:2: output, and nothing was run before it");
}

TEST_CASE("A placeholder is an assignment of a literal with its meaning behind") {
  const auto found = placeholder_of("WHY='jo: incident 4711'    # your name and the reason");
  REQUIRE(found);
  CHECK(found->name == "WHY");
  CHECK(found->example == "jo: incident 4711");
  CHECK(found->meaning == "your name and the reason");
  for (const char* none :
       {"TOKEN=/dev/hidraw0", "host=web1 # x", "A=$(date) # x", "A=\"$B\" # x", "echo A=1 # x", "A='x # y"})
    CHECK_FALSE(placeholder_of(none));
}

TEST_CASE("The screen is what a person sees of what was printed") {
  const auto [printed, screen] = GENERATE(values<std::pair<const char*, const char*>>({
      {"a\r\nb\r\n", "a\nb\n"},
      {"\x1b[1;31mred\x1b[0m\n", "red\n"},
      {"Touch it (9 s)\r\x1b[KTouch it (8 s)\r\x1b[Kdone\n", "done\n"},
      {"50 %\r100 %\n", "100 %\n"},
      {"ab\bc\a\n", "ac\n"},
      {"\x1b]0;title\ax\x1b]0;t\x1b\\y\x1b(B\n", "xy\n"},
      {"cut \x1b[3", "cut "},
  }));
  CHECK(screen_text(printed) == screen);
}

TEST_CASE("Lines are looked for in their order, and an ellipsis stands for any text") {
  const auto missing = [](std::vector<Line> seen) {
    const Line* line = first_missing(seen, "one two three\r\n  four\r\nfive\r\n");
    return line == nullptr ? std::string() : line->text;
  };
  CHECK(missing({{1, "one two three"}, {2, "five"}}).empty());
  CHECK(missing({{1, "one … three"}, {2, "…our"}}).empty());
  CHECK(missing({{1, "o…t…e"}}).empty());
  CHECK(missing({{1, "five"}, {2, "four"}}) == "four");
  CHECK(missing({{1, "one two"}}) == "one two");
  CHECK(missing({{1, "one …t… t…x"}}) == "one …t… t…x");
  CHECK(missing({{1, "five"}, {2, "five"}}) == "five");
}

TEST_CASE("A transcript whose lines are changed, removed or inserted is no transcript") {
  std::string text;
  std::string head;
  std::vector<std::string> lines;
  for (const char* kind : {"run", "step", "accept", "end"}) {
    ui::Json record{{"kind", kind}, {"step", std::size_t{1}}, {"as_expected", false}, {"prev", head}};
    lines.push_back(record.dump());
    head = hex(crypto::sha256(as_bytes(lines.back())));
  }
  const auto joined = [](const std::vector<std::string>& all) {
    std::string out;
    for (const auto& each : all) out += each + "\n";
    return out;
  };
  const auto whole = parse_history(joined(lines), "t");
  REQUIRE(whole);
  CHECK(whole->head == head);
  CHECK(whole->is_finished());
  CHECK(whole->outcome(1) == Outcome::kAccepted);
  CHECK(whole->outcome(2) == Outcome::kNone);
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    auto removed = lines;
    removed.erase(removed.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK_FALSE(parse_history(joined(removed), "t"));
    auto twice = lines;
    twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(i), lines[i]);
    CHECK_FALSE(parse_history(joined(twice), "t"));
    auto changed = lines;
    changed[i].insert(1, " ");
    CHECK_FALSE(parse_history(joined(changed), "t"));
  }
  CHECK_FALSE(parse_history(joined(lines).substr(0, joined(lines).size() - 1), "t"));
}
