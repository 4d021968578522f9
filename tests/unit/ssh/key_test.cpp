#include "ssh/key.hpp"

#include <catch2/catch.hpp>

#include "base/codec.hpp"
#include "ssh/text_line.hpp"
#include "vectors.hpp"

using namespace halligan;
using namespace halligan::ssh;

TEST_CASE("public keys of every kind, as ssh-keygen wrote them") {
  struct Row {
    const char* file;
    KeyType type;
    const char* label;
    unsigned bits;
    const char* application;
  };
  const auto row = GENERATE(values<Row>({{"ed25519", KeyType::kEd25519, "ED25519", 256, ""},
                                         {"ecdsa256", KeyType::kEcdsa256, "ECDSA", 256, ""},
                                         {"ecdsa384", KeyType::kEcdsa384, "ECDSA", 384, ""},
                                         {"ecdsa521", KeyType::kEcdsa521, "ECDSA", 521, ""},
                                         {"rsa", KeyType::kRsa, "RSA", 2048, ""},
                                         {"sk-ecdsa", KeyType::kSkEcdsa, "ECDSA-SK", 256, "ssh:vector"},
                                         {"sk-ed25519", KeyType::kSkEd25519, "ED25519-SK", 256, "ssh:"}}));
  const std::string text = vector_text(std::string("keys/") + row.file + ".pub");
  const auto line = parse_public_key_file(text);
  REQUIRE(line);
  CHECK(line->key.type() == row.type);
  CHECK(line->key.label() == row.label);
  CHECK(line->key.bits() == row.bits);
  CHECK(line->key.application() == row.application);
  CHECK(line->key.is_sk() == !line->key.application().empty());
  CHECK(line->comment == std::string(row.file) + " vector");
  CHECK(format_public_key_line(line->key, line->comment) + "\n" == text);
  CHECK(PublicKey::parse(line->key.blob()).value() == line->key);
}

TEST_CASE("a mutated public key is refused or is another key of the same bytes") {
  const auto* name = GENERATE("ed25519", "ecdsa256", "ecdsa521", "rsa", "sk-ecdsa", "sk-ed25519");
  const Bytes good = vector_key(name).blob();
  const std::size_t refused = count_refused_mutations(good, [&](const Bytes& mutated) {
    const auto key = PublicKey::parse(mutated);
    if (key) CHECK(key->blob() == mutated);
    return key.has_value();
  });
  CHECK(refused > good.size());  // every truncation, and at least the lengths and names
}

TEST_CASE("keys that break a rule of their kind") {
  struct Row {
    KeyType type;
    std::size_t size;
    std::uint8_t first;
    const char* application;
    const char* message;
  };
  const auto row = GENERATE(values<Row>({
      {KeyType::kEd25519, 31, 0, "", "public key of 31 bytes, not 32"},
      {KeyType::kEcdsa256, 65, 0x02, "", "the curve point is not in uncompressed form"},
      {KeyType::kEcdsa256, 33, 0x02, "", "public key of 33 bytes, not 65"},
      {KeyType::kEcdsa521, 132, 0x04, "", "public key of 132 bytes, not 133"},
      {KeyType::kSkEcdsa, 65, 0x04, "", "application of 0 bytes, not 1..1024"},
      {KeyType::kSkEd25519, 33, 0x04, "ssh:", "public key of 33 bytes, not 32"},
  }));
  Bytes point(row.size, 0x11);
  point[0] = row.first;
  const auto key = PublicKey::make(row.type, point, row.application);
  REQUIRE_FALSE(key);
  CHECK(key.error().message == row.message);
}

TEST_CASE("RSA numbers have sane sizes") {
  Bytes modulus(256, 0xFF);
  const Bytes three{3};
  CHECK(PublicKey::make_rsa(three, modulus).value().bits() == 2048);
  CHECK(PublicKey::make_rsa(three, Bytes(128, 0xFF)).value().bits() == 1024);
  CHECK(PublicKey::make_rsa(three, Bytes(2048, 0xFF)).value().bits() == 16384);
  CHECK(PublicKey::make_rsa(three, Bytes(127, 0xFF)).error().message ==
        "RSA modulus of 1016 bits, not 1024..16384");
  CHECK(PublicKey::make_rsa(three, Bytes(2049, 0xFF)).error().message ==
        "RSA modulus of 16392 bits, not 1024..16384");
  CHECK_FALSE(PublicKey::make_rsa(Bytes{1}, modulus));
  CHECK_FALSE(PublicKey::make_rsa(Bytes{4}, modulus));
  CHECK_FALSE(PublicKey::make_rsa({}, modulus));
  CHECK_FALSE(PublicKey::make_rsa(Bytes(9, 0xFF), modulus));
  modulus.back() = 0xFE;
  CHECK(PublicKey::make_rsa(three, modulus).error().message == "the RSA modulus is even");
}

TEST_CASE("a curve that is not the type's is refused") {
  WireWriter writer;
  Bytes point(65, 1);
  point[0] = 4;
  writer.text("ecdsa-sha2-nistp256").text("nistp384").string(point);
  CHECK(PublicKey::parse(writer.bytes()).error().message ==
        "curve nistp384 in a key of type ecdsa-sha2-nistp256");
}

TEST_CASE("lines that are no public key say what they are") {
  const std::string good = vector_text("keys/ed25519.pub");
  const std::string blob = base64(vector_key("ed25519").blob());
  struct Row {
    std::string text;
    Code code;
    const char* message;
  };
  const auto row = GENERATE_COPY(values<Row>({
      {"", Code::kBadInput, "contains no key"},
      {"\n# only a comment\n", Code::kBadInput, "contains no key"},
      {good + good, Code::kBadInput, "more than one line where one key is expected"},
      {vector_text("keys/ed25519"), Code::kBadInput, "this is a private key file"},
      {vector_text("keys/pem"), Code::kBadInput, "this is a private key file"},
      {vector_text("certificates/defaults.pub"), Code::kUnsupported,
       "this is a certificate, not a public key"},
      {"command=\"ls\" " + good, Code::kBadInput, "options in front of the key"},
      {"no-pty,cert-authority " + good, Code::kBadInput, "options in front of the key"},
      {"ssh-dss " + blob, Code::kUnsupported, "unknown key type ssh-dss"},
      {"ssh-ed25519", Code::kBadInput, "no key data after the type"},
      {"ssh-rsa " + blob, Code::kBadInput, "the line says ssh-rsa and the key inside is ssh-ed25519"},
      {"ssh-ed25519 " + blob.substr(0, 20), Code::kBadInput,
       "truncated: 11 bytes wanted at offset 4, 11 left"},
      {"ssh-ed25519 " + blob + "AAAA", Code::kBadInput, "3 trailing bytes"},
      // What is no name of a type may be a secret.
      {"\xff\x1b[2J " + blob, Code::kUnsupported, "unknown key type"},
      {"AGE-SECRET-KEY-1QQQQ " + blob, Code::kUnsupported, "unknown key type"},
  }));
  CAPTURE(row.text);
  const auto line = parse_public_key_file(row.text);
  REQUIRE_FALSE(line);
  CHECK(line.error().code == row.code);
  if (std::string_view(row.message).starts_with("truncated")) return;  // where exactly does not matter here
  CHECK(line.error().message == row.message);
}

TEST_CASE("comments, blank lines and CRLF around the one key are taken") {
  const std::string line = format_public_key_line(vector_key("ed25519"), "a comment  with blanks");
  for (const std::string& text : {line, line + "\n", line + "\r\n", "# x\n\n  \n" + line + "\r\n\r\n"}) {
    CAPTURE(text);
    CHECK(parse_public_key_file(text).value().comment == "a comment  with blanks");
  }
}

TEST_CASE("a comment cannot break out of its line") {
  CHECK(join_text_line("t", Bytes{0}, "a\nssh-rsa b\x7f") == "t AA== a ssh-rsa b ");
  CHECK(join_text_line("t", Bytes{0}, "") == "t AA==");
}
