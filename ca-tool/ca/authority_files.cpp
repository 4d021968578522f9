#include "ca/authority_files.hpp"

#include <filesystem>
#include <vector>

#include "base/codec.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "io/clock.hpp"

namespace halligan::ca {
namespace {

std::string in_folder(const std::string& folder, std::string_view name) {
  return std::filesystem::path(folder.empty() ? "." : folder) / name;
}

}  // namespace

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
  if (!authority.attestation.empty()) json["attestation_challenge"] = base64(authority.challenge);
  return json;
}

Result<CounterStart> parse_counter_start(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const bool ours = json.is_object() && json.value("version", nlohmann::json()) == 1 &&
                    json.contains("public_key") && json["public_key"].is_string();
  if (!ours) return fail(Code::kBadInput, "not a CA's ca.json", "name the file that halligan ca init wrote");
  HALLIGAN_TRY(auto line, ssh::parse_public_key_line(json["public_key"].get<std::string>()));
  if (!json.contains("counter")) {
    return fail(Code::kBadInput, "it has no counter, which only halligan ca init can write",
                "name the ca.json that halligan ca init wrote");
  }
  const auto& counter = json["counter"];
  if (!counter.is_number_unsigned() || counter.get<std::uint64_t>() > UINT32_MAX)
    return fail(Code::kBadInput, "its counter is not a 32-bit number");
  return CounterStart{std::move(line.key), counter.get<std::uint32_t>()};
}

Result<> check_authority_files(const std::string& folder, io::Existing existing) {
  const std::vector<std::string> paths{in_folder(folder, "ca"), in_folder(folder, "ca.pub"),
                                       in_folder(folder, "ca.json"), in_folder(folder, "ca.attestation")};
  return io::check_new_files(paths, existing);
}

Result<> write_authority_files(const std::string& folder, const Authority& authority, io::Existing existing) {
  HALLIGAN_TRY(const std::uint32_t checkint, crypto::random_u32());
  HALLIGAN_TRY(const KeyText handle, ssh::write_key_file(authority.handle, authority.comment, checkint));
  const std::string public_line = ssh::format_public_key_line(authority.handle.key, authority.comment) + "\n";
  const std::string json =
      authority_json(authority).dump(2, ' ', false, ui::Json::error_handler_t::replace) + "\n";
  std::vector<io::NewFile> files{
      {in_folder(folder, "ca"), 0600, handle.view()},
      {in_folder(folder, "ca.pub"), 0644, as_bytes(public_line)},
      {in_folder(folder, "ca.json"), 0644, as_bytes(json)},
  };
  if (!authority.attestation.empty()) {
    files.push_back({in_folder(folder, "ca.attestation"), 0644, authority.attestation});
  }
  return io::write_files(files, existing);
}

}  // namespace halligan::ca
