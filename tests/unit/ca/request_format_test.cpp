#include "request/format.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "ssh/allowed_signers.hpp"
#include "unit/ssh/vectors.hpp"

using namespace halligan;
using namespace halligan::request;
using namespace halligan::ssh;

namespace {

SignedRequest good_request() {
  Request request{.key = vector_key("ed25519"),
                  .principals = {"root", "admin"},
                  .hosts = {"web1"},
                  .reason = "ben: incident 4711, für db1",
                  .validity = {1000, 2000},
                  .time = 1500,
                  .nonce = Bytes(kRequestNonceSize, 9)};
  Sshsig proof{.key = request.key, .name_space = std::string(kRequestNamespace)};
  proof.signature.algorithm = SignatureAlgorithm::kEd25519;
  proof.signature.raw = Bytes(64, 7);
  return {request, proof, {proof}};
}

}  // namespace

TEST_CASE("a request comes back as it went, and its mutations are refused or exact") {
  const SignedRequest request = good_request();
  const Bytes block = encode(request);
  REQUIRE(parse_request(block));
  CHECK(*parse_request(block) == request);
  CHECK(*parse_request_text(format_request(request)) == request);
  const std::size_t refused = count_refused_mutations(block, [](const Bytes& mutated) {
    const auto parsed = parse_request(mutated);
    if (parsed) REQUIRE(encode(*parsed) == mutated);
    return parsed.has_value();
  });
  CHECK(refused > block.size());
}

TEST_CASE("a request that breaks a rule is refused") {
  struct Row {
    const char* what;
    std::function<void(Request&)> spoil;
  };
  const auto row = GENERATE(values<Row>({
      {"no principals", [](Request& r) { r.principals.clear(); }},
      {"named twice",
       [](Request& r) {
         r.principals = {"root", "root"};
       }},
      {"a comma or a blank", [](Request& r) { r.principals = {"root,admin"}; }},
      {"of 0 bytes", [](Request& r) { r.principals = {""}; }},
      {"of 256 bytes", [](Request& r) { r.reason = std::string(256, 'x'); }},
      {"of 0 bytes", [](Request& r) { r.reason.clear(); }},
      {"invisible", [](Request& r) { r.reason = "a\x7f"; }},
      {"invisible", [](Request& r) { r.reason = "a\xC2\x9B"; }},
      {"invisible", [](Request& r) { r.reason = "a\xE2\x80\xAE"; }},
      {"invisible", [](Request& r) { r.reason = "a\xE2\x80\x8B"; }},
      {"invisible", [](Request& r) { r.hosts = {"a\xE2\x81\xA6"}; }},
      {"not UTF-8", [](Request& r) { r.reason = "\xC0\x80"; }},
      {"more than 256 principals or 64 hosts", [](Request& r) { r.hosts.assign(65, "x"); }},
      {"unbounded validity", [](Request& r) { r.validity.after = 0; }},
      {"invalid validity or time", [](Request& r) { r.validity.before = r.validity.after; }},
      {"invalid validity or time", [](Request& r) { r.time = std::uint64_t{1} << 63; }},
      {"nonce of 31 bytes", [](Request& r) { r.nonce.pop_back(); }},
  }));
  CAPTURE(row.what);
  SignedRequest request = good_request();
  REQUIRE(check_request(request.request));
  row.spoil(request.request);
  const auto checked = check_request(request.request);
  REQUIRE_FALSE(checked);
  CHECK_THAT(checked.error().message, Catch::Contains(row.what));
  CHECK_FALSE(parse_request(encode(request)));
}

TEST_CASE("the armor forgives what mail does, and nothing else") {
  const SignedRequest request = good_request();
  const std::string text = format_request(request);
  std::string crlf;
  for (const char c : text) crlf += c == '\n' ? "  \r\n" : std::string(1, c);
  CHECK(parse_request_text("\r\n \t" + crlf + "\n\n"));
  std::string broken = text;
  broken.insert(50, "\n");
  CHECK(parse_request_text(broken));
  CHECK_FALSE(parse_request_text(""));
  CHECK(parse_request_text("hello\n" + text + "-- \nBen\n"));
  std::string quoted = "> ";
  for (const char c : text) quoted += c == '\n' ? "\n> > " : std::string(1, c);
  CHECK(parse_request_text(quoted));
  CHECK(has_request(quoted));
  CHECK_FALSE(has_request("see -----BEGIN HALLIGAN REQUEST----- below"));
  CHECK_FALSE(parse_request_text(text + "> " + text));
  CHECK_FALSE(parse_request_text(text + text));
  CHECK_FALSE(parse_request_text(text.substr(0, text.size() - 2)));
  CHECK_FALSE(parse_request_text("-----BEGIN HALLIGAN REQUEST-----\n-----END HALLIGAN REQUEST-----\n"));
  CHECK_FALSE(parse_request_text("-----BEGIN HALLIGAN REQUEST----------END HALLIGAN REQUEST-----\n"));
  broken = text;
  broken.insert(50, "!");
  CHECK_FALSE(parse_request_text(broken));
  CHECK_FALSE(parse_request_text(std::string(kMaxRequestText + 1, ' ')));
}

TEST_CASE("allowed signers: what is not understood is not allowed") {
  const std::string key = vector_text("keys/ed25519.pub");
  const std::string_view ours = kCoSignNamespace;
  const auto two =
      parse_allowed_signers("# list\n\n  ann@x " + key + "ben\tnamespaces=\"file,halligan-co-sign@v1\" " +
                                vector_text("keys/rsa.pub") + "dan namespaces=\"file\" " + key,
                            ours);
  REQUIRE(two);
  REQUIRE(two->size() == 2);
  CHECK((*two)[0].person == "ann@x");
  CHECK((*two)[1].person == "ben");
  CHECK((*two)[1].key == vector_key("rsa"));
  CHECK(parse_allowed_signers("ann namespaces=\"*\" " + key, ours));
  for (const std::string& bad :
       {"ann cert-authority " + key, "ann valid-after=\"2020\" " + key,
        "ann namespaces=\"x\",cert-authority " + key, "ann namespaces=\"halligan-co-sign@v1 " + key,
        "!ann " + key, "ben,cleo " + key, "\"ann\" " + key, "ann namespaces=\"file\" " + key, key,
        std::string("ann"), std::string()}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_allowed_signers(bad, ours));
  }
}
