#include "ssh/certificate.hpp"

#include <catch2/catch.hpp>

#include "ssh/options.hpp"
#include "vectors.hpp"

using namespace halligan;
using namespace halligan::ssh;

namespace {

constexpr std::uint64_t kJanuary = 1767225600;   // 2026-01-01T00:00:00Z
constexpr std::uint64_t kFebruary = 1769904000;  // 2026-02-01T00:00:00Z

}  // namespace

TEST_CASE("every vector parses and re-encodes to its own text") {
  const auto names = vector_names("certificates", ".pub");
  REQUIRE(names.size() >= 20);
  for (const std::string& name : names) {
    CAPTURE(name);
    const std::string text = vector_text(name);
    const auto line = parse_certificate_file(text);
    REQUIRE(line);
    CHECK(format_certificate_line(line->certificate, line->comment) + "\n" == text);
    CHECK(line->certificate.body.nonce.size() == kNonceSize);
    const Bytes blob = encode(line->certificate);
    const Bytes to_sign = to_be_signed(line->certificate.body);
    CHECK(same(ByteView(blob).first(to_sign.size()), to_sign));
  }
}

TEST_CASE("every kind of subject comes back as the key that was signed") {
  const std::string name =
      GENERATE("ed25519", "ecdsa256", "ecdsa384", "ecdsa521", "rsa", "sk-ecdsa", "sk-ed25519");
  const CertificateBody body = vector_certificate(name + "-by-ed25519").body;
  CHECK(body.subject == vector_key(name));
  CHECK(body.ca == vector_key("ed25519"));
  CHECK(body.serial == 7);
  CHECK(body.type == CertificateType::kUser);
  CHECK(body.key_id == name + "-by-ed25519");
  CHECK(body.principals == std::vector<std::string>{"root", "admin"});
  CHECK(body.valid_after == kJanuary);
  CHECK(body.valid_before == kFebruary);
  CHECK(body.critical.empty());
  CHECK(body.extensions.size() == 5);
  CHECK(body.reserved.empty());
}

TEST_CASE("every kind of CA comes back") {
  const std::string name = GENERATE("ecdsa256", "ecdsa384", "ecdsa521", "rsa", "sk-ecdsa", "sk-ed25519");
  const CertificateBody body = vector_certificate("ed25519-by-" + name).body;
  CHECK(body.ca == vector_key(name));
  CHECK(body.serial == UINT64_MAX);
}

TEST_CASE("host certificates, no bounds, no principals, options with values") {
  const CertificateBody host = vector_certificate("host").body;
  CHECK(host.type == CertificateType::kHost);
  CHECK(host.principals == std::vector<std::string>{"host.example.org", "192.0.2.1"});
  CHECK(host.extensions.empty());
  const CertificateBody defaults = vector_certificate("defaults").body;
  CHECK(defaults.valid_after == 0);
  CHECK(defaults.valid_before == kForever);
  CHECK(defaults.principals.empty());
  CHECK(defaults.serial == 0);
  const CertificateBody options = vector_certificate("every-option").body;
  REQUIRE(options.critical.size() == 4);
  CHECK(options.critical[0] == value_option("force-command", "uname -a"));
  CHECK(options.critical[1] == value_option("source-address", "192.0.2.0/24,2001:db8::/32"));
  CHECK(options.critical[2] == value_option("strict@example.org", "yes"));
  CHECK(options.critical[3] == flag_option("verify-required"));
  REQUIRE(options.extensions.size() == 8);
  CHECK(options.extensions[0] == flag_option("flag@example.org"));
  CHECK(options.extensions[2] == value_option("note@example.org", "a value"));
}

TEST_CASE("a mutated certificate is refused or re-encodes to the mutated bytes") {
  const auto* name =
      GENERATE("every-option", "rsa-by-ed25519", "ed25519-by-sk-ecdsa", "ecdsa521-by-ed25519", "host");
  const Bytes good = encode(vector_certificate(name));
  std::size_t accepted = 0;
  const std::size_t refused = count_refused_mutations(good, [&](const Bytes& mutated) {
    const auto parsed = parse_certificate(mutated);
    if (!parsed) return false;
    ++accepted;
    CHECK(encode(*parsed) == mutated);
    return true;
  });
  CHECK(refused > good.size());
  CHECK(accepted >
        200);  // the nonce, the serial, the times: changed, they are another well-formed certificate
}

TEST_CASE("certificates that sshd would refuse to parse") {
  const Certificate good = vector_certificate("ed25519-by-ed25519");
  const Bytes signature = encode(good.signature);
  // The parts behind the key id, to be put together wrongly.
  const auto build = [&](std::uint32_t type, const Bytes& principals, const Bytes& critical,
                         const Bytes& ca) {
    WireWriter writer;
    writer.text("ssh-ed25519-cert-v01@openssh.com").string(good.body.nonce);
    good.body.subject.write_fields(writer);
    writer.u64(1).u32(type).text("id").string(principals).u64(1).u64(2).string(critical).text("").text("");
    writer.string(ca).string(signature);
    return std::move(writer).take();
  };
  const Bytes ca = good.body.ca.blob();
  WireWriter crowd;
  for (int i = 0; i < 257; ++i) crowd.text("p");
  struct Row {
    Bytes wire;
    const char* message;
  };
  const auto row = GENERATE_REF(values<Row>({
      {build(0, {}, {}, ca), "certificate of type 0"},
      {build(3, {}, {}, ca), "certificate of type 3"},
      {build(1, Bytes{0, 0, 0, 9}, {}, ca), "principals: truncated: 9 bytes wanted at offset 4, 0 left"},
      {build(1, Bytes{0, 0, 0, 1, 0}, {}, ca), "principals: a NUL inside a text"},
      {build(1, crowd.bytes(), {}, ca), "principals: more than 256 principals"},
      {build(1, {}, Bytes{0, 0, 0, 1, 'x'}, ca),
       "critical options: truncated: 4 bytes wanted at offset 5, 0 left"},
      {build(1, {}, {}, encode(good)), "CA key: this is a certificate, not a public key"},
  }));
  CHECK(parse_certificate(build(1, {}, {}, ca)));
  const auto parsed = parse_certificate(row.wire);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().message == row.message);
}

TEST_CASE("lines that are no certificate say what they are") {
  const std::string line = vector_text("certificates/host.pub");
  CHECK(parse_certificate_file(vector_text("keys/rsa.pub")).error().message ==
        "this is a public key, not a certificate");
  CHECK(parse_certificate_file("hello world").error().message == "unknown certificate type hello");
  CHECK(parse_certificate_file("").error().message == "contains no key");
  const std::string other = "ssh-rsa-cert-v01@openssh.com" + line.substr(line.find(' '));
  CHECK(parse_certificate_file(other).error().message ==
        "the line says ssh-rsa-cert-v01@openssh.com and the certificate inside is "
        "ecdsa-sha2-nistp256-cert-v01@openssh.com");
}
