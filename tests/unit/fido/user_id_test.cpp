#include "fido/credential/user_id.hpp"

#include <catch2/catch.hpp>

#include "base/codec.hpp"

using namespace halligan;

TEST_CASE("a user's id is the text with NULs behind it, as OpenSSH's") {
  CHECK(hex(*fido::user_id("")) == std::string(64, '0'));
  CHECK(hex(*fido::user_id("ann")) == "616e6e" + std::string(58, '0'));
  CHECK(fido::user_text(*fido::user_id(std::string(31, 'u'))) == std::string(31, 'u'));
  CHECK(fido::user_id(std::string(32, 'u')).error().code == Code::kBadInput);
}

TEST_CASE("a unique id has the same text, and is no other's") {
  for (const std::string user : {"", "ann", "fifteen letters"}) {
    const auto first = *fido::unique_user_id(user);
    const auto second = *fido::unique_user_id(user);
    CHECK(fido::user_text(first) == user);
    CHECK(first != second);
    CHECK(first != *fido::user_id(user));
    CHECK(first[user.size()] == 0);
  }
  CHECK(fido::unique_user_id("sixteen letters!").error().code == Code::kBadInput);
}

TEST_CASE("the text in an id of another length ends before the NULs at its end") {
  CHECK(fido::user_text({}).empty());
  CHECK(fido::user_text(as_bytes("web user")) == "web user");
  CHECK(fido::user_text(as_bytes(std::string_view("a\0b\0\0", 5))) == std::string_view("a\0b", 3));
  CHECK(fido::user_text(as_bytes(std::string_view("\0\0", 2))).empty());
}
