#include "io/identity.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "io/process.hpp"

using namespace halligan::io;

namespace {

std::string printed_by(std::vector<std::string> argv) {
  const auto done = run({.argv = std::move(argv)});
  REQUIRE(done);
  return done->out.substr(0, done->out.find('\n'));
}

}  // namespace

TEST_CASE("a record names who the system says we are, whatever the environment says") {
  ::setenv("USER", "mallory", 1);
  ::setenv("LOGNAME", "mallory", 1);
  ::setenv("HOSTNAME", "elsewhere", 1);
  const auto known = run({.argv = {"id", "-run"}});
  REQUIRE(known);
  // An ID without an account has its number.
  const bool has_account = known->exit_code == 0;
  CHECK(user_name() == printed_by({"id", has_account ? "-run" : "-ru"}));
  CHECK(account_name().has_value() == has_account);
  CHECK(machine_name() == printed_by({"uname", "-n"}));
}
