#include "io/unix_socket.hpp"

#include <catch2/catch.hpp>

using namespace halligan;

TEST_CASE("paths that are no socket") {
  CHECK(io::UnixSocket::connect("").error().code == Code::kBadInput);
  CHECK(io::UnixSocket::connect(std::string(108, 'x')).error().code == Code::kBadInput);
  CHECK(io::UnixSocket::connect("/no/such/socket").error().code == Code::kUnreachable);
}
