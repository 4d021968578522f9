#include "io/filter.hpp"

#include <catch2/catch.hpp>

#include "io/unix_socket.hpp"

using namespace halligan;

namespace {

Result<io::Filtered> filter(std::vector<std::string> argv, ByteView input, Bytes& out,
                            std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
  return io::run_filter({std::move(argv), input, timeout}, out);
}

}  // namespace

TEST_CASE("more than a pipe holds goes through a filter, both ways at once") {
  const Bytes input(500'000, 'x');
  Bytes out(input.size());
  const auto done = filter({"cat"}, input, out);
  REQUIRE(done);
  CHECK(done->exit_code == 0);
  CHECK(done->size == input.size());
  CHECK(out == input);
}

TEST_CASE("a filter that reads nothing, gives too much, fails, hangs or is not there") {
  const Bytes input(500'000, 'x');
  Bytes out(16);
  const auto deaf = filter({"sh", "-c", "echo no; exit 3"}, input, out);
  REQUIRE(deaf);
  CHECK(deaf->exit_code == 3);
  CHECK(as_text(ByteView(out).first(deaf->size)) == "no\n");
  CHECK(filter({"cat"}, ByteView(input).first(16), out)->size == 16);
  CHECK(filter({"cat"}, ByteView(input).first(17), out).error().code == Code::kBadInput);
  CHECK(filter({"sleep", "60"}, {}, out, std::chrono::milliseconds(50)).error().code == Code::kUnreachable);
  CHECK(filter({"/no/such/program"}, {}, out).error().code == Code::kUnreachable);
}

TEST_CASE("a socket that is none") {
  CHECK(io::UnixSocket::connect("").error().code == Code::kBadInput);
  CHECK(io::UnixSocket::connect(std::string(108, 'x')).error().code == Code::kBadInput);
  CHECK(io::UnixSocket::connect("/no/such/socket").error().code == Code::kUnreachable);
}
