#include "attest/files.hpp"

#include "base/codec.hpp"
#include "base/folder.hpp"
#include "ca/authority_files.hpp"
#include "ca/authority_key.hpp"
#include "crypto/x509.hpp"
#include "io/files.hpp"
#include "io/folders.hpp"

namespace halligan::attest {
namespace {

constexpr std::size_t kLargestAttestation = 64U << 10;
constexpr std::size_t kLargestChallenge = 1U << 20;
constexpr std::size_t kLargestRoots = 4U << 20;
constexpr std::size_t kLargestMetadata = 32U << 20;  // FIDO's have 5 MB

constexpr const char* kMakeHint =
    "keep both next time: ssh-keygen -O challenge=FILE -O write-attestation=FILE";

Result<Bytes> read_challenge(const KeptFiles& files, const std::optional<ca::AuthorityNotes>& notes) {
  if (!files.challenge.empty()) return io::read_file(files.challenge, kLargestChallenge).in("--challenge");
  if (notes && !notes->challenge.empty()) return notes->challenge;
  return fail(
      Code::kNotFound,
      "no ca.json of this CA with the challenge of its attestation is next to " + printable(files.authority),
      "name the file that ssh-keygen -O challenge=FILE had: --challenge FILE");
}

Result<ssh::Attestation> parse_file(const std::string& path) {
  HALLIGAN_TRY(const Bytes file, io::read_file(path, kLargestAttestation));
  return ssh::parse_attestation(file).in(printable(path));
}

bool is_certificate_name(const std::string& name) {
  return name.ends_with(".pem") || name.ends_with(".crt") || name.ends_with(".cer");
}

Result<> add_roots(const std::string& path, std::vector<Bytes>& roots) {
  HALLIGAN_TRY(const Bytes text, io::read_file(path, kLargestRoots));
  HALLIGAN_TRY(auto found, crypto::parse_certificates(as_text(text))
                               .in(printable(path))
                               .hint("write it in PEM: openssl x509 -inform der -in FILE -out FILE.pem"));
  for (Bytes& each : found) roots.push_back(std::move(each));
  return {};
}

}  // namespace

Result<Kept> read_kept(const KeptFiles& files) {
  HALLIGAN_TRY(ssh::PublicKey key, ca::read_authority_public_key(files.authority));
  if (!key.is_sk())
    return fail(Code::kBadInput, printable(files.authority) + ": not a key on a token: nothing attests it");
  HALLIGAN_TRY(const auto notes, ca::notes_beside(files.authority, key));
  Kept kept{.noted = {.key = std::move(key)}};
  if (notes) kept.created = notes->created;
  if (notes) kept.noted.counter = notes->counter;
  const std::string path =
      files.attestation.empty() ? ca::authority_stem(files.authority) + ".attestation" : files.attestation;
  HALLIGAN_TRY(const io::Kind kind, io::kind_of(path));
  if (kind == io::Kind::kNothing && files.attestation.empty() && notes && notes->not_attested) return kept;
  if (kind == io::Kind::kNothing)
    return fail(Code::kNotFound, printable(path) + ": no attestation was kept", kMakeHint);
  HALLIGAN_TRY(kept.attestation, parse_file(path));
  HALLIGAN_TRY(kept.noted.challenge, read_challenge(files, notes));
  return kept;
}

Result<std::vector<Bytes>> read_roots(const std::string& path) {
  std::vector<Bytes> roots;
  HALLIGAN_TRY(const io::Kind kind, io::kind_of(path));
  if (kind != io::Kind::kFolder) {
    HALLIGAN_CHECK(add_roots(path, roots));
    return roots;
  }
  HALLIGAN_TRY(const auto names, names_in(path));
  for (const std::string& name : names) {
    if (is_certificate_name(name)) HALLIGAN_CHECK(add_roots(path + "/" + name, roots));
  }
  if (roots.empty())
    return fail(Code::kBadInput, printable(path) + ": the folder has no file *.pem, *.crt or *.cer");
  return roots;
}

Result<Bytes> read_metadata_file(const std::string& path) { return io::read_file(path, kLargestMetadata); }

}  // namespace halligan::attest
