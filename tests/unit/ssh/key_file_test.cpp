#include "ssh/key_file.hpp"

#include <catch2/catch.hpp>
#include <cstring>

#include "base/codec.hpp"
#include "ssh/armor.hpp"
#include "vectors.hpp"

using namespace halligan;
using namespace halligan::ssh;

TEST_CASE("key files of every kind come back byte for byte as ssh-keygen wrote them") {
  const std::string name =
      GENERATE("ed25519", "ecdsa256", "ecdsa384", "ecdsa521", "rsa", "sk-ecdsa", "sk-ed25519");
  CAPTURE(name);
  const std::string text = vector_text("keys/" + name);
  const auto file = parse_key_file(text);
  REQUIRE(file);
  CHECK(file->public_key() == vector_key(name));
  CHECK(file->comment == name + " vector");
  CHECK((file->software() == nullptr) == file->public_key().is_sk());
  CHECK((file->handle() != nullptr) == file->public_key().is_sk());
  CHECK(as_text(write_key_file(*file).value().view()) == text);
}

TEST_CASE("what a security key's file says") {
  const SkHandle touched = *parse_key_file(vector_text("keys/sk-ecdsa")).value().handle();
  CHECK(touched.flags == 0x01);
  CHECK(touched.key.application() == "ssh:vector");
  CHECK(touched.key_handle.size() > 100);
  CHECK(touched.reserved.empty());
  CHECK(parse_key_file(vector_text("keys/sk-ed25519")).value().handle()->flags == 0x00);
}

TEST_CASE("of an encrypted key the public half is known") {
  const auto encrypted = parse_any_key_file(vector_text("keys/encrypted"));
  REQUIRE(encrypted);
  CHECK(std::get<EncryptedKey>(*encrypted).key == vector_key("encrypted"));
  CHECK(std::holds_alternative<PrivateKey>(parse_any_key_file(vector_text("keys/ed25519")).value()));
  CHECK(std::holds_alternative<SkHandle>(parse_any_key_file(vector_text("keys/sk-ecdsa")).value()));
  CHECK_FALSE(parse_any_key_file("words"));

  const KeyText plain = parse_armor(vector_text("keys/encrypted")).value();
  for (std::size_t size = 0; size < plain.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(parse_any_key_file(as_text(write_armor(plain.view().first(size)).value().view())));
  }
}

TEST_CASE("padding of any length is taken, as OpenSSH does, and only padding") {
  const KeyText plain = parse_armor(vector_text("keys/ed25519")).value();
  const Bytes good = to_bytes(plain.view());
  // The last string is the private section; its length is the one that ends with the file.
  std::size_t at = 0;
  for (std::size_t i = 0; i + 4 < good.size(); ++i) {
    std::size_t size = 0;
    for (std::size_t k = 0; k < 4; ++k) size = size << 8 | good[i + k];
    if (size > 100 && i + 4 + size == good.size()) at = i;
  }
  REQUIRE(at != 0);
  const auto padded = [&](std::size_t more, std::uint8_t first) {
    Bytes file = good;
    for (std::size_t i = 0; i < more; ++i) file.push_back(static_cast<std::uint8_t>(first + i));
    const std::size_t size = file.size() - at - 4;
    for (int i = 0; i < 4; ++i)
      file[at + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(size >> (24 - 8 * i));
    return parse_key_file(as_text(write_armor(file).value().view()));
  };
  const std::uint8_t next = good.back() < 8 ? static_cast<std::uint8_t>(good.back() + 1) : 1;
  const std::string ours =
      std::string(as_text(write_key_file(parse_key_file(vector_text("keys/ed25519")).value())->view()));
  for (const std::size_t more : {8U, 56U, 120U, 240U}) {
    CAPTURE(more);
    const auto file = padded(more, next);
    REQUIRE(file);
    CHECK(std::string(as_text(write_key_file(*file).value().view())) == ours);
  }
  CHECK_FALSE(padded(8, static_cast<std::uint8_t>(next + 1)));
  CHECK_FALSE(padded(4, next));    // no whole block
  CHECK_FALSE(padded(256, next));  // no number has so many
}

TEST_CASE("a mutated key file is refused or re-encodes to the mutated bytes") {
  const auto* name = GENERATE("ed25519", "ecdsa521", "rsa", "sk-ecdsa");
  const KeyText plain = parse_armor(vector_text(std::string("keys/") + name)).value();
  const Bytes good = to_bytes(plain.view());
  std::size_t accepted = 0;
  const std::size_t refused = count_refused_mutations(good, [&](const Bytes& mutated) {
    const auto file = parse_key_file(as_text(write_armor(mutated).value().view()));
    if (!file) return false;
    ++accepted;
    CHECK(same(parse_armor(as_text(write_key_file(*file).value().view())).value().view(), mutated));
    return true;
  });
  CHECK(refused > good.size());
  CHECK(accepted > 50);  // the private numbers: whether they belong to the public half is for crypto
}

TEST_CASE("files that cannot be used say why, with a way out where there is one") {
  const std::string good = vector_text("keys/ed25519");
  struct Row {
    std::string text;
    Code code;
    const char* message;
    bool hint;
  };
  const auto row = GENERATE_REF(values<Row>({
      {vector_text("keys/encrypted"), Code::kUnsupported,
       "private key file: the key is encrypted with a passphrase", true},
      {vector_text("keys/pem"), Code::kUnsupported, "a private key in PEM, RSA PRIVATE KEY", true},
      {vector_text("keys/rsa.pub"), Code::kBadInput, "not an OpenSSH private key file", false},
      {"", Code::kBadInput, "not an OpenSSH private key file", false},
      {good.substr(0, good.size() - 10), Code::kBadInput, "the end of the file is missing", false},
      {good + good, Code::kBadInput, "base64: bad character at offset 334", false},
      {good + "x", Code::kBadInput, "the end of the file is missing", false},
      {"x" + good, Code::kBadInput, "not an OpenSSH private key file", false},
  }));
  const auto file = parse_key_file(row.text);
  REQUIRE_FALSE(file);
  CHECK(file.error().code == row.code);
  CHECK(file.error().message == row.message);
  CHECK(file.error().hint.empty() != row.hint);
}

TEST_CASE("other programs' line lengths and line ends are taken") {
  const KeyText binary = parse_armor(vector_text("keys/rsa")).value();
  const std::string encoded = base64(binary.view());
  for (const std::size_t columns : {1UL, 64UL, 76UL, 100000UL}) {
    for (const std::string& line_end : {std::string("\n"), std::string("\r\n")}) {
      std::string text = "\n-----BEGIN OPENSSH PRIVATE KEY-----" + line_end;
      for (std::size_t at = 0; at < encoded.size(); at += columns)
        text += encoded.substr(at, columns) + line_end;
      text += "-----END OPENSSH PRIVATE KEY-----" + line_end + line_end;
      CHECK(same(parse_armor(text).value().view(), binary.view()));
    }
  }
}

TEST_CASE("armor: base64 agrees with the plain codec for every length and byte") {
  for (std::size_t size = 0; size < 220; ++size) {
    Bytes data(size);
    for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::uint8_t>(i * 37 + size);
    const KeyText written = write_armor(data).value();
    std::string text(as_text(written.view()));
    CHECK(same(parse_armor(text).value().view(), data));
    text.erase(0, text.find('\n') + 1);
    text.erase(text.find('-'));
    std::string joined;
    std::size_t longest = 0;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
      const std::string line = text.substr(at, text.find('\n', at) - at);
      longest = std::max(longest, line.size());
      joined += line;
    }
    CHECK(joined == base64(data));
    CHECK(longest <= 70);
  }
}

TEST_CASE("armor: base64 that would not re-encode to itself is refused") {
  const std::string begin = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
  const std::string end = "\n-----END OPENSSH PRIVATE KEY-----\n";
  const auto* body = GENERATE("Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "Zg= =", "Z===", "====", "Zm-v",
                              "Zm\0v", "\xC1m9v", "Zg==\n=");
  CAPTURE(body);
  CHECK_FALSE(parse_armor(begin + body + end));
  CHECK(parse_armor(begin + "Zm9v" + end).value().size() == 3);
  CHECK_FALSE(parse_armor("-----BEGIN OPENSSH PRIVATE KEY-----Zm9v" + end));
  CHECK_FALSE(parse_armor(begin + "Zm9v-----END OPENSSH PRIVATE KEY-----"));
}

TEST_CASE("keys that cannot be written are refused, not written wrongly") {
  PrivateKey key{.key = vector_key("ed25519")};
  CHECK(write_key_file(key, "c", 1).error().message == "private key: the seed is not 32 bytes");
  REQUIRE(key.secret.resize(32));
  CHECK(write_key_file(key, "c", 1));
  CHECK(write_key_file(key, std::string_view("a\0b", 3), 1).error().message == "a NUL inside the comment");
  CHECK(write_key_file(PrivateKey{.key = vector_key("ecdsa256")}, "c", 1).error().message ==
        "private key: the scalar is missing or too large");
  CHECK(write_key_file(PrivateKey{.key = vector_key("rsa")}, "c", 1).error().message ==
        "private key: d is missing or too large");
  CHECK_FALSE(write_key_file(PrivateKey{.key = vector_key("sk-ecdsa")}, "c", 1));
  CHECK(write_key_file(SkHandle{.key = vector_key("sk-ecdsa")}, "c", 1).error().message ==
        "key handle of 0 bytes, not 1..4096");
  CHECK(write_key_file(SkHandle{.key = vector_key("rsa"), .key_handle = {1}}, "c", 1).error().message ==
        "key handle: not a security key");
}

TEST_CASE("the largest handle and the largest RSA key still fit") {
  SkHandle handle{
      .key = vector_key("sk-ecdsa"), .flags = 0x21, .key_handle = Bytes(4096, 7), .reserved = {1, 2}};
  const KeyText text = write_key_file(handle, "big", 42).value();
  const auto back = parse_key_file(as_text(text.view()));
  REQUIRE(back);
  CHECK(*back->handle() == handle);
  CHECK(back->checkint == 42);

  PrivateKey key{.key = PublicKey::make_rsa(Bytes{1, 0, 1}, Bytes(2048, 0xFF)).value()};
  REQUIRE((key.secret.resize(2048) && key.iqmp.resize(1024) && key.p.resize(1024) && key.q.resize(1024)));
  for (SecretNumber* number : {&key.secret, &key.iqmp, &key.p, &key.q})
    std::memset(number->data(), 0xFF, number->size());
  const KeyText large = write_key_file(key, "large", 1).value();
  CHECK(parse_key_file(as_text(large.view())).value().public_key() == key.key);
}

TEST_CASE("the two halves of a file must be of one key") {
  // The public blob of another key in front of a good private section.
  KeyText binary = parse_armor(vector_text("keys/ed25519")).value();
  const Bytes mine = vector_key("ed25519").blob();
  auto* at = static_cast<std::uint8_t*>(::memmem(binary.data(), binary.size(), mine.data(), mine.size()));
  REQUIRE(at != nullptr);
  at[mine.size() - 1] ^= 1;
  const KeyText text = write_armor(binary.view()).value();
  CHECK(parse_key_file(as_text(text.view())).error().message ==
        "private key file: the public and private parts are of different keys");
}

TEST_CASE("private keys are recognised for what they are") {
  CHECK(looks_like_private_key(vector_text("keys/ed25519")));
  CHECK(looks_like_private_key(" \r\n-----BEGIN EC PRIVATE KEY-----\nx"));
  CHECK(looks_like_private_key("PuTTY-User-Key-File-3: ssh-ed25519"));
  CHECK_FALSE(looks_like_private_key(vector_text("keys/ed25519.pub")));
  CHECK_FALSE(looks_like_private_key("-----BEGIN CERTIFICATE-----\n"));
  CHECK_FALSE(looks_like_private_key("  "));
}
