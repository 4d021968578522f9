#include "ssh/certificate.hpp"

#include "ssh/text_line.hpp"
#include "ssh/wire.hpp"

namespace halligan::ssh {
namespace {

Bytes pack(const std::vector<std::string>& texts) {
  WireWriter writer;
  for (const std::string& text : texts) writer.text(text);
  return writer.take();
}

Bytes pack(const CertificateOptions& options) {
  WireWriter writer;
  for (const CertificateOption& option : options) writer.text(option.name).string(option.data);
  return writer.take();
}

Result<std::vector<std::string>> read_principals(WireReader& reader) {
  HALLIGAN_TRY(WireReader list, reader.nested());
  std::vector<std::string> out;
  while (list.left() != 0) {
    if (out.size() == kMaxPrincipals) return fail(Code::kBadInput, "more than 256 principals");
    HALLIGAN_TRY(const std::string_view principal, list.text());
    out.emplace_back(principal);
  }
  return out;
}

Result<CertificateOptions> read_options(WireReader& reader) {
  HALLIGAN_TRY(WireReader list, reader.nested());
  CertificateOptions out;
  while (list.left() != 0) {
    HALLIGAN_TRY(const std::string_view name, list.text());
    HALLIGAN_TRY(const ByteView data, list.string());
    out.push_back({std::string(name), to_bytes(data)});
  }
  return out;
}

}  // namespace

Bytes to_be_signed(const CertificateBody& body) {
  WireWriter writer;
  writer.text(certificate_name(body.subject.type())).string(body.nonce);
  body.subject.write_fields(writer);
  writer.u64(body.serial).u32(static_cast<std::uint32_t>(body.type)).text(body.key_id);
  writer.string(pack(body.principals)).u64(body.valid_after).u64(body.valid_before);
  writer.string(pack(body.critical)).string(pack(body.extensions)).string(body.reserved);
  writer.string(body.ca.blob());
  return writer.take();
}

Bytes encode(const Certificate& certificate) {
  return WireWriter().raw(to_be_signed(certificate.body)).string(encode(certificate.signature)).take();
}

Result<Certificate> parse_certificate(ByteView blob) {
  WireReader reader(blob);
  HALLIGAN_TRY(const std::string_view type_name, reader.text().in("type"));
  HALLIGAN_TRY(const KeyType subject_type, key_type_of_certificate(type_name));
  HALLIGAN_TRY(const ByteView nonce, reader.string().in("nonce"));
  HALLIGAN_TRY(PublicKey subject, PublicKey::read_fields(subject_type, reader).in("subject key"));
  HALLIGAN_TRY(const std::uint64_t serial, reader.u64().in("serial"));
  HALLIGAN_TRY(const std::uint32_t type, reader.u32());
  if (type != 1 && type != 2) return fail(Code::kBadInput, "certificate of type " + std::to_string(type));
  HALLIGAN_TRY(const std::string_view key_id, reader.text().in("key ID"));
  HALLIGAN_TRY(std::vector<std::string> principals, read_principals(reader).in("principals"));
  HALLIGAN_TRY(const std::uint64_t valid_after, reader.u64().in("validity"));
  HALLIGAN_TRY(const std::uint64_t valid_before, reader.u64().in("validity"));
  HALLIGAN_TRY(CertificateOptions critical, read_options(reader).in("critical options"));
  HALLIGAN_TRY(CertificateOptions extensions, read_options(reader).in("extensions"));
  HALLIGAN_TRY(const ByteView reserved, reader.string().in("reserved"));
  HALLIGAN_TRY(const ByteView ca_blob, reader.string().in("CA key"));
  HALLIGAN_TRY(PublicKey ca, PublicKey::parse(ca_blob).in("CA key"));
  HALLIGAN_TRY(const ByteView signature_blob, reader.string().in("signature"));
  HALLIGAN_TRY(Signature signature, parse_signature(signature_blob).in("signature"));
  HALLIGAN_CHECK(reader.done());
  CertificateBody body{.subject = std::move(subject),
                       .ca = std::move(ca),
                       .nonce = to_bytes(nonce),
                       .serial = serial,
                       .type = static_cast<CertificateType>(type),
                       .key_id = std::string(key_id),
                       .principals = std::move(principals),
                       .valid_after = valid_after,
                       .valid_before = valid_before,
                       .critical = std::move(critical),
                       .extensions = std::move(extensions),
                       .reserved = to_bytes(reserved)};
  return Certificate{std::move(body), std::move(signature)};
}

Result<CertificateLine> parse_certificate_line(std::string_view line) {
  HALLIGAN_TRY(const KeyType type, key_type_of_certificate(first_word(line)));
  HALLIGAN_TRY(const TextLine split, split_text_line(line));
  HALLIGAN_TRY(Certificate certificate, parse_certificate(split.blob));
  if (certificate.body.subject.type() != type) {
    return fail(Code::kBadInput, "the line says " + std::string(certificate_name(type)) +
                                     " and the certificate inside is " +
                                     std::string(certificate_name(certificate.body.subject.type())));
  }
  return CertificateLine{std::move(certificate), std::string(split.comment)};
}

Result<CertificateLine> parse_certificate_file(std::string_view text) {
  HALLIGAN_TRY(const std::string_view line, only_line(text));
  return parse_certificate_line(line);
}

std::string format_certificate_line(const Certificate& certificate, std::string_view comment) {
  return join_text_line(certificate_name(certificate.body.subject.type()), encode(certificate), comment);
}

}  // namespace halligan::ssh
