#include "request/proof.hpp"

#include <algorithm>
#include <set>

#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "crypto/sshsig.hpp"
#include "io/clock.hpp"

namespace halligan::request {
namespace {

constexpr std::uint64_t kClockSkew = 300;  // seconds

Result<ssh::Sshsig> make_sshsig(ca::Signer& key, std::string_view name_space, ByteView message) {
  ssh::Sshsig out{.key = key.public_key(), .name_space = std::string(name_space)};
  HALLIGAN_TRY(out.signature, key.sign(crypto::sshsig_to_be_signed(name_space, out.hash, message)));
  HALLIGAN_CHECK(crypto::verify_sshsig(out, name_space, message).in("the key's signature"));
  return out;
}

std::set<std::string_view> persons_with(const ssh::PublicKey& key,
                                        std::span<const ssh::AllowedSigner> allowed) {
  std::set<std::string_view> persons;
  for (const auto& signer : allowed) {
    if (signer.key == key) persons.insert(signer.person);
  }
  return persons;
}

Failure invalid(const ssh::Sshsig& signature, std::string_view why) {
  return fail(Code::kNo, "co-signature by " + crypto::fingerprint(signature.key) + ": " + std::string(why));
}

template <typename Key>
Result<> write_any_pair(const std::string& file, const Key& key, const std::string& comment,
                        io::Existing existing, const ssh::Certificate* certificate) {
  HALLIGAN_TRY(const std::uint32_t checkint, crypto::random_u32());
  HALLIGAN_TRY(const KeyText text, ssh::write_key_file(key, comment, checkint));
  const std::string line = ssh::format_public_key_line(key.key, comment) + "\n";
  std::string certificate_line;
  std::vector<io::NewFile> files{{file, 0600, text.view()}, {file + ".pub", 0644, as_bytes(line)}};
  if (certificate != nullptr) {
    certificate_line = ssh::format_certificate_line(*certificate, comment) + "\n";
    files.push_back({file + "-cert.pub", 0644, as_bytes(certificate_line)});
  }
  return io::write_files(files, existing);
}

}  // namespace

Result<SignedRequest> make_request(const RequestSpec& spec, ca::Signer& key) {
  Request request{.key = key.public_key(),
                  .principals = spec.principals,
                  .hosts = spec.hosts,
                  .reason = spec.reason,
                  .validity = spec.validity,
                  .time = io::unix_seconds()};
  HALLIGAN_TRY(request.nonce, crypto::random_bytes(kRequestNonceSize));
  HALLIGAN_CHECK(check_request(request));
  HALLIGAN_TRY(auto proof, make_sshsig(key, kRequestNamespace, encode(request)));
  return SignedRequest{std::move(request), std::move(proof)};
}

Result<> write_key_pair(const std::string& file, const ssh::PrivateKey& key, const std::string& comment,
                        io::Existing existing, const ssh::Certificate* certificate) {
  return write_any_pair(file, key, comment, existing, certificate);
}

Result<> write_key_pair(const std::string& file, const ssh::SkHandle& key, const std::string& comment,
                        io::Existing existing, const ssh::Certificate* certificate) {
  return write_any_pair(file, key, comment, existing, certificate);
}

Result<> verify_request(const SignedRequest& request, std::uint64_t now, std::uint64_t max_age) {
  if (request.proof.key != request.request.key) {
    return fail(Code::kNo, "the proof was made by another key than the one to be certified");
  }
  auto verified = crypto::verify_sshsig(request.proof, kRequestNamespace, encode(request.request));
  if (!verified) {
    return fail(Code::kNo, "the request does not prove possession of the key: " + verified.error().message,
                "ask your colleague to make it again and send all of it");
  }
  const std::uint64_t made = request.request.time;
  if (made > now + kClockSkew) {
    return fail(Code::kNo, "the request is from the future, made at " + io::format_utc(made),
                "compare the clocks of both machines");
  }
  if (made + max_age < now) {
    return fail(Code::kNo, "the request is too old, made at " + io::format_utc(made),
                "ask your colleague for a new one, or allow more with --max-age");
  }
  return {};
}

Result<> co_sign(SignedRequest& request, ca::Signer& key) {
  if (key.public_key() == request.request.key) {
    return fail(Code::kNo, "a request cannot be co-signed with its own key",
                "co-sign with another custodian's key");
  }
  for (const ssh::Sshsig& each : request.co_signatures) {
    if (each.key == key.public_key()) return fail(Code::kNo, "this key has co-signed already");
  }
  if (request.co_signatures.size() == kMaxCoSignatures) {
    return fail(Code::kNo, "the request has 16 co-signatures already, the maximum");
  }
  HALLIGAN_TRY(auto signature, make_sshsig(key, kCoSignNamespace, signed_part(request)));
  request.co_signatures.push_back(std::move(signature));
  return {};
}

Result<std::vector<CoSigner>> co_signers(const SignedRequest& request,
                                         std::span<const ssh::AllowedSigner> allowed) {
  const Bytes message = signed_part(request);
  const auto requesters = persons_with(request.request.key, allowed);
  std::set<std::string_view> seen;
  std::vector<CoSigner> found;
  for (const ssh::Sshsig& each : request.co_signatures) {
    auto verified = crypto::verify_sshsig(each, kCoSignNamespace, message);
    if (!verified) return invalid(each, verified.error().message);
    // Without a touch the machine may have signed without its user.
    if (verified->is_sk && !verified->user_present()) return invalid(each, "made without a touch");
    if (each.key == request.request.key) return invalid(each, "the requester's own");
    const auto persons = persons_with(each.key, allowed);
    if (persons.empty()) return invalid(each, "not in the list of co-signers");
    for (const std::string_view person : persons) {
      if (requesters.contains(person)) return invalid(each, "the requester's own, with another key");
    }
    if (seen.insert(*persons.begin()).second) found.push_back({std::string(*persons.begin()), each.key});
  }
  return found;
}

}  // namespace halligan::request
