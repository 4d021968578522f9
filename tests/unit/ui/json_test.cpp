#include "ui/json.hpp"

#include <catch2/catch.hpp>

#include "ssh/certificate.hpp"
#include "ui/output.hpp"

using namespace halligan;
using namespace halligan::ui;

TEST_CASE("a text that is not UTF-8 has its bytes beside it") {
  Json json;
  put_text(json, "plain", "gr\xc3\xbc\xc3\x9f \\");
  put_text(json, "odd", "a\xff");
  put_texts(json, "names", {"x", "\xff"});
  put_texts(json, "good", {"x"});
  CHECK(json_line(json) == R"({"plain":"gr\u00fc\u00df \\","odd":"a\\xff","odd_hex":"61ff",)"
                           R"("names":["x","\\xff"],"names_hex":["78","ff"],"good":["x"]})"
                           "\n");
}

TEST_CASE("a line is what the library writes, whatever the values are") {
  Json texts = Json::array();
  for (int value = 0; value < 256; ++value) texts.push_back(std::string{'a', static_cast<char>(value), 'z'});
  const Json json{{"texts", texts},
                  {"a \"name\"\n\xc3\xbc", "\xf0\x9f\x94\x91"},
                  {"numbers", {0, -1, 18446744073709551615U, 0.5, true, false, nullptr}},
                  {"empty", {Json::object(), Json::array(), ""}},
                  {"deep", {{{"x", {1, {{"y", "z"}}}}}}}};
  CHECK(json_line(json) == json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n");
}

TEST_CASE("every time has its twin") {
  Json json;
  put_moment(json, "made", 1'700'000'000);
  put_validity(json, 0, ssh::kForever);
  CHECK(json.dump() == R"({"made":1700000000,"made_at":"2023-11-14T22:13:20Z","valid_after":0,)"
                       R"("valid_before":18446744073709551615,"valid_from":"1970-01-01T00:00:00Z",)"
                       R"("valid_to":"forever"})");
}

TEST_CASE("what is written value by value is what would have been written at once") {
  std::string text;
  JsonWriter out([&](std::string_view piece) {
    text += piece;
    return Result<>{};
  });
  const std::vector<int> some{1, 2};
  const auto same = [](int value) { return value; };
  out.open({{"a", "\xc3\xbc"}});
  out.array("some", some, same);
  out.array("none", std::vector<int>{}, same);
  out.open_array("objects");
  for (const int each : some) {
    out.open(Json::object());
    out.member("n", each);
    out.close();
  }
  out.close_array();
  out.open_array("empty");
  out.close_array();
  out.member("last", nullptr);
  out.close();
  REQUIRE(out.finish());
  CHECK(text == R"({"a":"\u00fc","some":[1,2],"none":[],"objects":[{"n":1},{"n":2}],"empty":[],"last":null})"
                "\n");
  CHECK(json_line(Json::parse(text)) == text);
}

TEST_CASE("after the first error nothing more is written") {
  int pieces = 0;
  JsonWriter out([&](std::string_view) -> Result<> {
    ++pieces;
    return fail(Code::kUnreachable, "closed");
  });
  out.open({{"a", 1}});
  out.member("b", 2);
  out.close();
  CHECK(out.finish().error().message == "closed");
  CHECK(pieces == 1);
}

TEST_CASE("an error in JSON") {
  struct Row {
    Code code;
    const char* word;
    int status;
  };
  const auto row = GENERATE(values<Row>({{Code::kNo, "no", 1},
                                         {Code::kUsage, "usage", 2},
                                         {Code::kBadInput, "bad-input", 3},
                                         {Code::kUnsupported, "unsupported", 3},
                                         {Code::kExists, "exists", 3},
                                         {Code::kUnreachable, "unreachable", 4},
                                         {Code::kNotFound, "not-found", 4},
                                         {Code::kNeedsPerson, "needs-person", 5},
                                         {Code::kPinRequired, "pin-required", 5},
                                         {Code::kInternal, "internal", 70}}));
  CHECK(error_json({row.code, "what\xff", "do"}) ==
        Json({{"error", "what\\xff"}, {"hint", "do"}, {"status", row.status}, {"code", row.word}}));
}
