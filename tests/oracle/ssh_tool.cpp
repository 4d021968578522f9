// The ssh, crypto and io layers for the oracle tests: one small command for each thing that ssh-keygen can
// judge.
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/codec.hpp"
#include "base/result.hpp"
#include "command/exit_code.hpp"
#include "crypto/digest.hpp"
#include "crypto/key_pair.hpp"
#include "crypto/random.hpp"
#include "crypto/verify.hpp"
#include "io/files.hpp"
#include "ssh/certificate.hpp"
#include "ssh/findings.hpp"
#include "ssh/key_file.hpp"
#include "ssh/options.hpp"
#include "ssh/validity.hpp"

using namespace halligan;

namespace {

using Arguments = std::vector<std::string>;
using Json = nlohmann::ordered_json;

constexpr std::size_t kLimit = 1 << 20;

Result<ssh::KeyFile> load_key(const std::string& path) {
  HALLIGAN_TRY(const KeyText text, io::read_secret_file(path));
  return ssh::parse_key_file(as_text(text.view()));
}

Result<ssh::PublicKeyLine> load_public(const std::string& path) {
  HALLIGAN_TRY(const Bytes text, io::read_file(path, kLimit));
  return ssh::parse_public_key_file(as_text(text));
}

Result<ssh::CertificateLine> load_certificate(const std::string& path) {
  HALLIGAN_TRY(const Bytes text, io::read_file(path, kLimit));
  return ssh::parse_certificate_file(as_text(text));
}

Result<> write_key(const ssh::KeyFile& file, const std::string& path) {
  HALLIGAN_TRY(const KeyText text, ssh::write_key_file(file));
  const std::string line = ssh::format_public_key_line(file.public_key(), file.comment) + "\n";
  const std::vector<io::NewFile> files{{path, 0600, text.view()}, {path + ".pub", 0644, as_bytes(line)}};
  return io::write_files(files, io::Existing::kRefuse);
}

// generate TYPE FILE COMMENT
Result<> generate(const Arguments& arguments) {
  HALLIGAN_TRY(const ssh::KeyType type, ssh::key_type(arguments.at(0)));
  HALLIGAN_TRY(ssh::PrivateKey key, crypto::generate_key(type));
  HALLIGAN_TRY(const std::uint32_t checkint, crypto::random_u32());
  return write_key({std::move(key), arguments.at(2), checkint}, arguments.at(1));
}

// rewrite FROM TO
Result<> rewrite(const Arguments& arguments) {
  HALLIGAN_TRY(const ssh::KeyFile file, load_key(arguments.at(0)));
  return write_key(file, arguments.at(1));
}

// certify CA PUBLIC OUT user|host ID PRINCIPALS VALIDITY SERIAL ALGORITHM-OR-EMPTY [OPTION…]
Result<> certify(const Arguments& arguments) {
  HALLIGAN_TRY(const ssh::KeyFile ca, load_key(arguments.at(0)));
  HALLIGAN_TRY(const ssh::PublicKeyLine subject, load_public(arguments.at(1)));
  ssh::CertificateBody body{.subject = subject.key, .ca = ca.public_key()};
  HALLIGAN_TRY(body.nonce, crypto::random_bytes(ssh::kNonceSize));
  body.type = arguments.at(3) == "host" ? ssh::CertificateType::kHost : ssh::CertificateType::kUser;
  body.key_id = arguments.at(4);
  std::string principals = arguments.at(5);
  for (std::size_t comma = 0; comma != std::string::npos; principals.erase(0, comma + 1)) {
    comma = principals.find(',');
    body.principals.push_back(principals.substr(0, comma));
    if (comma == std::string::npos) break;
  }
  HALLIGAN_TRY(const ssh::Validity validity, ssh::parse_validity(arguments.at(6), 1767225600));
  body.valid_after = validity.after;
  body.valid_before = validity.before;
  body.serial = std::strtoull(arguments.at(7).c_str(), nullptr, 10);
  const Arguments letters(arguments.begin() + 9, arguments.end());
  HALLIGAN_TRY(ssh::OptionSet options, ssh::parse_options(body.type, letters));
  body.critical = std::move(options.critical);
  body.extensions = std::move(options.extensions);
  HALLIGAN_CHECK(ssh::validate(body));
  auto algorithm = ssh::default_algorithm(body.ca.type());
  if (arguments.at(8) == "rsa-sha2-256") algorithm = ssh::SignatureAlgorithm::kRsaSha256;
  if (ca.software() == nullptr) return fail(Code::kUsage, "the CA is on a token");
  HALLIGAN_TRY(ssh::Signature signature, crypto::sign(*ca.software(), ssh::to_be_signed(body), algorithm));
  const ssh::Certificate certificate{std::move(body), std::move(signature)};
  HALLIGAN_CHECK(crypto::verify_certificate(certificate));
  const std::string line = ssh::format_certificate_line(certificate, subject.comment) + "\n";
  const io::NewFile file{arguments.at(2), 0644, as_bytes(line)};
  return io::write_files({&file, 1}, io::Existing::kRefuse);
}

Json options_json(const ssh::CertificateOptions& options) {
  Json out = Json::array();
  for (const ssh::CertificateOption& option : options) {
    out.push_back({{"name", hex(as_bytes(option.name))}, {"data", hex(option.data)}});
  }
  return out;
}

// show CERTIFICATE: everything as JSON, texts as hexadecimal
Result<> show(const Arguments& arguments) {
  HALLIGAN_TRY(const ssh::CertificateLine line, load_certificate(arguments.at(0)));
  const ssh::CertificateBody& body = line.certificate.body;
  const auto verified = crypto::verify_certificate(line.certificate);
  Json principals = Json::array();
  for (const std::string& principal : body.principals) principals.push_back(hex(as_bytes(principal)));
  Json out{{"type", ssh::certificate_name(body.subject.type())},
           {"host", body.type == ssh::CertificateType::kHost},
           {"subject", {{"label", body.subject.label()}, {"fingerprint", crypto::fingerprint(body.subject)}}},
           {"ca", {{"label", body.ca.label()}, {"fingerprint", crypto::fingerprint(body.ca)}}},
           {"algorithm", ssh::name(line.certificate.signature.algorithm)},
           {"key_id", hex(as_bytes(body.key_id))},
           {"serial", body.serial},
           {"after", body.valid_after},
           {"before", body.valid_before},
           {"principals", principals},
           {"critical", options_json(body.critical)},
           {"extensions", options_json(body.extensions)},
           {"flags", line.certificate.signature.flags},
           {"counter", line.certificate.signature.counter},
           {"verified", verified.has_value()}};
  std::printf("%s\n", out.dump().c_str());
  return {};
}

// validity NOW TEXT
Result<> validity(const Arguments& arguments) {
  const std::uint64_t now = std::strtoull(arguments.at(0).c_str(), nullptr, 10);
  HALLIGAN_TRY(const ssh::Validity parsed, ssh::parse_validity(arguments.at(1), now));
  std::printf("%llu %llu\n", static_cast<unsigned long long>(parsed.after),
              static_cast<unsigned long long>(parsed.before));
  return {};
}

// fingerprint PUBLIC: as ssh-keygen -l
Result<> fingerprint(const Arguments& arguments) {
  HALLIGAN_TRY(const ssh::PublicKeyLine line, load_public(arguments.at(0)));
  HALLIGAN_CHECK(crypto::check_encoding(line.key));
  std::printf("%u %s %s (%s)\n", line.key.bits(), crypto::fingerprint(line.key).c_str(), line.comment.c_str(),
              std::string(line.key.label()).c_str());
  return {};
}

// What OpenSSH's PROTOCOL.sshsig has signed: the magic, then strings for namespace, reserved, hash and
// digest.
Bytes sshsig_message(std::string_view name_space, std::string_view hash, ByteView message) {
  ssh::WireWriter writer;
  writer.raw(as_bytes("SSHSIG")).text(name_space).text("").text(hash);
  if (hash == "sha256") {
    writer.string(crypto::sha256(message));
  } else {
    writer.string(crypto::sha512(message));
  }
  return std::move(writer).take();
}

// sign KEY NAMESPACE MESSAGE OUT
Result<> sign(const Arguments& arguments) {
  HALLIGAN_TRY(const ssh::KeyFile key, load_key(arguments.at(0)));
  HALLIGAN_TRY(const Bytes message, io::read_file(arguments.at(2), kLimit));
  if (key.software() == nullptr) return fail(Code::kUsage, "the key is on a token");
  HALLIGAN_TRY(const ssh::Signature signature,
               crypto::sign(*key.software(), sshsig_message(arguments.at(1), "sha512", message)));
  ssh::WireWriter writer;
  writer.raw(as_bytes("SSHSIG")).u32(1).string(key.public_key().blob()).text(arguments.at(1)).text("");
  writer.text("sha512").string(ssh::encode(signature));
  const std::string text =
      "-----BEGIN SSH SIGNATURE-----\n" + base64(writer.bytes()) + "\n-----END SSH SIGNATURE-----\n";
  const io::NewFile file{arguments.at(3), 0644, as_bytes(text)};
  return io::write_files({&file, 1}, io::Existing::kRefuse);
}

// verify SIGNATURE NAMESPACE MESSAGE: prints flags and counter
Result<> verify(const Arguments& arguments) {
  HALLIGAN_TRY(const Bytes raw, io::read_file(arguments.at(0), kLimit));
  HALLIGAN_TRY(const Bytes message, io::read_file(arguments.at(2), kLimit));
  std::string text(as_text(raw));
  text.erase(0, text.find('\n') + 1);
  text.erase(text.find("-----END"));
  std::erase(text, '\n');
  HALLIGAN_TRY(const Bytes blob, parse_base64(text));
  ssh::WireReader reader(blob);
  HALLIGAN_CHECK(reader.take(6));
  HALLIGAN_CHECK(reader.u32());
  HALLIGAN_TRY(const ByteView key_blob, reader.string());
  HALLIGAN_TRY(const ssh::PublicKey key, ssh::PublicKey::parse(key_blob));
  HALLIGAN_CHECK(reader.text());
  HALLIGAN_CHECK(reader.string());
  HALLIGAN_TRY(const std::string_view hash, reader.text());
  HALLIGAN_TRY(const ByteView signature_blob, reader.string());
  HALLIGAN_CHECK(reader.done());
  HALLIGAN_TRY(const ssh::Signature signature, ssh::parse_signature(signature_blob));
  HALLIGAN_TRY(const crypto::Verified verified,
               crypto::verify(key, sshsig_message(arguments.at(1), hash, message), signature));
  std::printf("%u %u\n", verified.flags, verified.counter);
  return {};
}

using Run = Result<> (*)(const Arguments&);
struct Command {
  std::string_view name;
  Run run;
};
constexpr Command kCommands[] = {{"generate", generate}, {"rewrite", rewrite},        {"certify", certify},
                                 {"show", show},         {"validity", validity},      {"sign", sign},
                                 {"verify", verify},     {"fingerprint", fingerprint}};

}  // namespace

int main(int argc, char** argv) {
  const Arguments all(argv + 1, argv + argc);
  for (const Command& command : kCommands) {
    if (all.empty() || all[0] != command.name) continue;
    const auto done = command.run({all.begin() + 1, all.end()});
    if (done) return 0;
    std::fprintf(stderr, "%s\n", done.error().message.c_str());
    return command::exit_code(done.error().code);
  }
  std::fprintf(stderr, "unknown command\n");
  return 70;
}
