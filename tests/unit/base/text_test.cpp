#include "base/text.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace halligan;

TEST_CASE("next_line takes a text apart, with or without a newline at its end") {
  using Lines = std::vector<std::string>;
  struct Row {
    std::string text;
    Lines lines;
  };
  const auto row = GENERATE(values<Row>({{"", {}},
                                         {"\n", {""}},
                                         {"one", {"one"}},
                                         {"one\n", {"one"}},
                                         {"one\ntwo", {"one", "two"}},
                                         {"\n\none\n\n", {"", "", "one", ""}},
                                         {"one\r\ntwo\r", {"one\r", "two\r"}},
                                         {std::string("a\0b\nc", 5), {std::string("a\0b", 3), "c"}}}));
  Lines lines;
  for (std::string_view rest = row.text; !rest.empty();) lines.emplace_back(next_line(rest));
  CHECK(lines == row.lines);
}

TEST_CASE("next_line of nothing is an empty line, and nothing is left") {
  std::string_view rest;
  CHECK(next_line(rest).empty());
  CHECK(rest.empty());
}

TEST_CASE("is_word ignores the case of ASCII letters and nothing else") {
  CHECK(is_word("yes", "yes"));
  CHECK(is_word("YeS", "yes"));
  CHECK(is_word("", ""));
  CHECK_FALSE(is_word("ye", "yes"));
  CHECK_FALSE(is_word("yes ", "yes"));
  CHECK_FALSE(is_word("@", "`"));
  CHECK_FALSE(is_word("[", "{"));
}
