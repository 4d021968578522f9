#include "token/user_id.hpp"

#include <catch2/catch.hpp>

#include "base/codec.hpp"

using namespace halligan;

TEST_CASE("a user's id is the text with NULs behind it, as OpenSSH's") {
  CHECK(hex(*token::user_id("")) == std::string(64, '0'));
  CHECK(hex(*token::user_id("ann")) == "616e6e" + std::string(58, '0'));
  CHECK(token::user_text(*token::user_id(std::string(31, 'u'))) == std::string(31, 'u'));
  CHECK(token::user_id(std::string(32, 'u')).error().code == Code::kBadInput);
}

TEST_CASE("a unique id has the same text, and is no other's") {
  for (const std::string user : {"", "ann", "fifteen letters"}) {
    const auto first = *token::unique_user_id(user);
    const auto second = *token::unique_user_id(user);
    CHECK(token::user_text(first) == user);
    CHECK(first != second);
    CHECK(first != *token::user_id(user));
    CHECK(first[user.size()] == 0);
  }
  CHECK(token::unique_user_id("sixteen letters!").error().code == Code::kBadInput);
}

TEST_CASE("the text in an id of another length ends before the NULs at its end") {
  CHECK(token::user_text({}).empty());
  CHECK(token::user_text(as_bytes("web user")) == "web user");
  CHECK(token::user_text(as_bytes(std::string_view("a\0b\0\0", 5))) == std::string_view("a\0b", 3));
  CHECK(token::user_text(as_bytes(std::string_view("\0\0", 2))).empty());
}
