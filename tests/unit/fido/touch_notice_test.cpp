#include "fido/presence/touch_notice.hpp"
#include "fido/presence/desktop.hpp"

#include <catch2/catch.hpp>

#include "base/codec.hpp"

using namespace halligan;

TEST_CASE("a line is cut to the columns that there are, on a character's edge") {
  struct Row {
    const char* text;
    std::size_t columns;
    const char* shown;
  };
  const auto row = GENERATE(values<Row>({
      {"short", 10, "short"},
      {"exactly", 7, "exactly"},
      {"one too many", 11, "one too ..."},
      {"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6", 5, "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6"},
      {"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6", 4, "\xc3\xa4..."},
      {"anything", 3, "..."},
      {"anything", 2, ".."},
      {"anything", 0, ""},
  }));
  const std::string shown = fitted(row.text, row.columns);
  CHECK(shown == row.shown);
  CHECK(code_points(as_bytes(shown)) <= row.columns);
}

TEST_CASE("a notification's body is text, not markup") {
  CHECK(fido::as_body("<a href=\"x\">&") == "&lt;a href=\"x\"&gt;&amp;");
}
