#include "ca/authority_files.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ca/authority_key.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "io/clock.hpp"
#include "io/folders.hpp"
#include "ssh/validity.hpp"

namespace halligan::ca {
namespace {

constexpr std::size_t kLargestNotes = 64 * 1024;

std::string in_folder(const std::string& folder, std::string_view name) {
  return std::filesystem::path(folder.empty() ? "." : folder) / name;
}

std::string file_text(const ui::Json& json) {
  return json.dump(2, ' ', false, ui::Json::error_handler_t::replace) + "\n";
}

// When and how the key was made. What cannot be read here is not known: the rest is of use all the same.
void read_making(const nlohmann::json& json, AuthorityNotes& notes) {
  const auto text = [&](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  notes.not_attested = text("attestation") == "none";
  if (const auto time = ssh::parse_validity("always:" + text("created"), io::unix_seconds()))
    notes.created = time->before;
  if (auto challenge = parse_base64(text("attestation_challenge"))) notes.challenge = *std::move(challenge);
}

// What only `ca init` knew: a token cannot say it again.
constexpr std::array<const char*, 5> kOfMaking{"created", "counter", "attestation", "attestation_issuer",
                                               "attestation_challenge"};

// @param replaced  the ca.json that was there @param json  of the same CA, by the token alone
void keep_making(std::string_view replaced, const ssh::PublicKey& ca, ui::Json& json) {
  const auto notes = parse_authority_notes(replaced);
  if (!notes || notes->authority != ca) return;
  const auto before = ui::Json::parse(replaced);
  for (const char* name : kOfMaking)
    if (before.contains(name) && !json.contains(name)) json[name] = before[name];
}

ui::Json authority_json(const Authority& authority) {
  const ssh::PublicKey& key = authority.handle.key;
  ui::Json json{{"version", 1},
                {"type", key.name()},
                {"fingerprint", crypto::fingerprint(key)},
                {"public_key", ssh::format_public_key_line(key, authority.comment)},
                {"application", key.application()},
                {"comment", authority.comment},
                {"verify_required", (authority.handle.flags & fido::kUserVerified) != 0},
                {"token", authority.token}};
  if (authority.created) json["created"] = io::format_utc(*authority.created);
  if (authority.counter) json["counter"] = *authority.counter;
  if (authority.bound_policy) json["policy_sha256"] = hex(*authority.bound_policy);
  constexpr std::array<const char*, 5> kAttested{nullptr, "none", "self", "self-signed", "certificate"};
  if (const char* by = kAttested[static_cast<std::size_t>(authority.attested_by)]; by != nullptr)
    json["attestation"] = by;
  if (!authority.attester.empty()) json["attestation_issuer"] = ui::json_text(authority.attester);
  if (!authority.attestation.empty()) json["attestation_challenge"] = base64(authority.challenge);
  return json;
}

}  // namespace

Result<AuthorityNotes> parse_authority_notes(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const bool ours = json.is_object() && json.value("version", nlohmann::json()) == 1 &&
                    json.contains("public_key") && json["public_key"].is_string();
  if (!ours) return fail(Code::kBadInput, "not a CA's ca.json", "name the file that halligan ca init wrote");
  HALLIGAN_TRY(auto line, ssh::parse_public_key_line(json["public_key"].get<std::string>()));
  AuthorityNotes notes{.authority = std::move(line.key), .comment = std::move(line.comment)};
  if (json.contains("counter")) {
    const auto& counter = json["counter"];
    if (!counter.is_number_unsigned() || counter.get<std::uint64_t>() > UINT32_MAX)
      return fail(Code::kBadInput, "its counter is not a 32-bit number");
    notes.counter = counter.get<std::uint32_t>();
  }
  if (json.contains("policy_sha256")) {
    const auto& policy = json["policy_sha256"];
    const auto hash = policy.is_string() ? parse_hex(policy.get<std::string>()) : Result<Bytes>(Bytes());
    if (!hash || hash->size() != crypto::Sha256().size())
      return fail(Code::kBadInput, "its policy_sha256 is not 64 hexadecimal digits");
    std::ranges::copy(*hash, notes.policy.emplace().begin());
  }
  read_making(json, notes);
  return notes;
}

Result<std::optional<AuthorityNotes>> notes_beside(const std::string& ca_file, const ssh::PublicKey& ca) {
  if (ca_file.empty()) return std::nullopt;
  const std::string path = authority_stem(ca_file) + ".json";
  HALLIGAN_TRY(const io::Kind kind, io::kind_of(path));
  if (kind != io::Kind::kFile) return std::nullopt;
  HALLIGAN_TRY(const Bytes text, io::read_file(path, kLargestNotes));
  auto notes = parse_authority_notes(as_text(text));
  if (notes && notes->authority == ca) return *std::move(notes);
  debug(printable(path) + (notes ? ": of another CA" : ": " + notes.error().message));
  return std::nullopt;
}

Result<CounterStart> parse_counter_start(std::string_view text) {
  HALLIGAN_TRY(auto notes, parse_authority_notes(text));
  if (!notes.counter) {
    return fail(Code::kBadInput, "it has no counter, which only halligan ca init can write",
                "name the ca.json that halligan ca init wrote");
  }
  return CounterStart{std::move(notes.authority), *notes.counter};
}

Result<bool> note_bound_policy(const std::string& folder, std::string_view fingerprint,
                               const std::optional<crypto::Sha256>& policy) {
  const std::string path = in_folder(folder, "ca.json");
  HALLIGAN_TRY(const io::Kind kind, io::kind_of(path));
  if (kind != io::Kind::kFile) return false;
  HALLIGAN_TRY(const Bytes text, io::read_file(path, kLargestNotes));
  const auto notes = parse_authority_notes(as_text(text));
  if (!notes || crypto::fingerprint(notes->authority) != fingerprint) return false;
  ui::Json json = ui::Json::parse(as_text(text));
  json.erase("policy_sha256");
  if (policy) json["policy_sha256"] = hex(*policy);
  const std::string changed = file_text(json);
  const io::NewFile file{path, 0644, as_bytes(changed)};
  HALLIGAN_CHECK(io::write_files({&file, 1}, io::Existing::kReplace));
  return true;
}

std::string policy_beside(const std::string& folder) { return in_folder(folder, "ca.policy"); }

Result<> check_authority_files(const std::string& folder, io::Existing existing) {
  const std::vector<std::string> paths{in_folder(folder, "ca"), in_folder(folder, "ca.pub"),
                                       in_folder(folder, "ca.json"), in_folder(folder, "ca.attestation")};
  return io::check_new_files(paths, existing);
}

Result<ui::Json> write_authority_files(const std::string& folder, const Authority& authority,
                                       io::Existing existing, ByteView policy) {
  HALLIGAN_TRY(const std::uint32_t checkint, crypto::random_u32());
  HALLIGAN_TRY(const KeyText handle, ssh::write_key_file(authority.handle, authority.comment, checkint));
  const std::string public_line = ssh::format_public_key_line(authority.handle.key, authority.comment) + "\n";
  ui::Json notes = authority_json(authority);
  const std::string notes_path = in_folder(folder, "ca.json");
  if (existing == io::Existing::kReplace) {
    const auto replaced = io::read_file(notes_path, kLargestNotes);
    if (!replaced && replaced.error().code == Code::kUnreachable) return fail(replaced.error());
    if (replaced) keep_making(as_text(*replaced), authority.handle.key, notes);
  }
  const std::string json = file_text(notes);
  std::vector<io::NewFile> files{
      {in_folder(folder, "ca"), 0600, handle.view()},
      {in_folder(folder, "ca.pub"), 0644, as_bytes(public_line)},
      {notes_path, 0644, as_bytes(json)},
  };
  if (!authority.attestation.empty()) {
    files.push_back({in_folder(folder, "ca.attestation"), 0644, authority.attestation});
  }
  if (!policy.empty()) files.push_back({policy_beside(folder), 0644, policy});
  HALLIGAN_CHECK(io::write_files(files, existing));
  return notes;
}

}  // namespace halligan::ca
