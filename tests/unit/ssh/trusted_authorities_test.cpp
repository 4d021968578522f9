#include "ssh/trusted_authorities.hpp"

#include <catch2/catch.hpp>

#include "base/codec.hpp"
#include "ssh/wire.hpp"
#include "vectors.hpp"

using namespace halligan;
using namespace halligan::ssh;

TEST_CASE("CAs are found in each kind of file, with their lines") {
  const std::string key = format_public_key_line(vector_key("ed25519"), "");
  const std::string text = "# CAs\n\n" + key + " first\r\n@cert-authority *.example.org,web1 " + key +
                           " second\nweb2,192.0.2.1 " + key + "\n|1|abc=|def= " + key + "\n@revoked * " +
                           key + "\n";
  const auto found = parse_authorities(text);
  REQUIRE(found);
  REQUIRE(found->size() == 2);
  CHECK(found->at(0).comment == "first");
  CHECK(found->at(0).line == 3);
  CHECK(found->at(0).hosts.empty());
  CHECK(found->at(1).comment == "second");
  CHECK(found->at(1).line == 4);
  CHECK(found->at(1).hosts == "*.example.org,web1");
}

TEST_CASE("keys of unknown types are passed over, and rubbish is not") {
  WireWriter writer;
  writer.text("ssh-future@example.com").text(std::string(40, 'x'));
  const std::string future = "ssh-future@example.com " + base64(writer.bytes()) + " later\n";
  const std::string key = format_public_key_line(vector_key("ed25519"), "");
  std::vector<std::size_t> skipped;
  const auto found = parse_authorities(future + key + "\n@cert-authority * " + future, &skipped);
  REQUIRE(found);
  CHECK(found->size() == 1);
  CHECK(skipped == std::vector<std::size_t>{1, 3});
  CHECK(parse_authorities(future).error().message == "contains no CA");
  // A type that is not the one inside
  CHECK_FALSE(parse_authorities("ssh-other@example.com " + future.substr(future.find(' ') + 1) + key));
}

TEST_CASE("CAs of an authorized_keys file") {
  const std::string key = format_public_key_line(vector_key("ed25519"), "");
  for (const char* options :
       {"cert-authority", "cert-authority,principals=\"a,b c\"", "command=\"echo \\\" x\",cert-authority",
        "no-pty,cert-authority,environment=\"A=cert authority\""}) {
    CAPTURE(options);
    const auto found = parse_authorities(std::string(options) + " " + key + "\n");
    REQUIRE(found);
    CHECK(found->size() == 1);
  }
  for (const char* options : {"no-pty", "command=\"x,cert-authority,y\"", "cert-authorityx"})
    CHECK_FALSE(parse_authorities(std::string(options) + " " + key + "\n"));
}

TEST_CASE("a file that names no CA is refused with the line") {
  const std::string key = format_public_key_line(vector_key("ed25519"), "");
  const std::string text =
      GENERATE_COPY(values<std::string>({"", "# none\n", "web1 " + key, "@revoked * " + key}));
  CHECK(parse_authorities(text).error().message == "contains no CA");
  CHECK_THAT(parse_authorities("\nhello world again\n").error().message,
             Catch::Matchers::StartsWith("line 2: "));
  CHECK_FALSE(parse_authorities("@cert-authority *\n"));
  CHECK_FALSE(parse_authorities("@cert-authority " + key));
}

TEST_CASE("patterns of hosts match as in known_hosts") {
  struct Row {
    const char* patterns;
    const char* host;
    std::uint16_t port;
    bool matches;
  };
  const auto row = GENERATE(values<Row>({
      {"web1", "web1", 22, true},
      {"web1", "web11", 22, false},
      {"WEB1", "web1", 22, true},
      {"*", "anything", 22, true},
      {"*.example.org", "a.example.org", 22, true},
      {"*.example.org", "example.org", 22, false},
      {"a*b*c", "aXbbXc", 22, true},
      {"a*b*c", "aXbbX", 22, false},
      {"w?b1", "web1", 22, true},
      {"*,!web1", "web1", 22, false},
      {"!web1,*", "web2", 22, true},
      {"!web1", "web2", 22, false},
      {"[web1]:2222", "web1", 2222, true},
      {"[web1]:2222", "web1", 22, false},
      {"web1", "web1", 2222, true},
      {"*,!web1", "web1", 2222, true},
      {"*,![web1]:2222", "web1", 2222, true},
      {"*,!web1,![web1]:2222", "web1", 2222, false},
      {"*,!*web1*", "web1", 2222, false},
      {"[web1]:*,!web1", "web1", 2222, true},
      {"|1|abc=|def=", "web1", 22, false},
      {"", "web1", 22, false},
      {",,", "web1", 22, false},
  }));
  CAPTURE(row.patterns, row.host, row.port);
  CHECK(matches_host(row.patterns, row.host, row.port) == row.matches);
}
