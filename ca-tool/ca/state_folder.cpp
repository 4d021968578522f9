#include "ca/state_folder.hpp"

#include <filesystem>

#include "base/codec.hpp"
#include "base/folder.hpp"
#include "crypto/digest.hpp"
#include "io/files.hpp"
#include "io/folders.hpp"
#include "ssh/key_file.hpp"

namespace halligan::ca {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kIdDigits = 16;
constexpr std::string_view kPrefix = "ca-";

// The paths in a folder whose names begin and end so, sorted; none if there is no such folder.
Result<std::vector<std::string>> matching(const std::string& folder, std::string_view begin,
                                          std::string_view end) {
  std::vector<std::string> found;
  const auto names = names_in(folder);
  if (!names && names.error().code == Code::kNotFound) return found;
  if (!names) return fail(names.error());
  for (const std::string& name : *names) {
    if (name.starts_with(begin) && name.ends_with(end)) found.push_back(folder + "/" + name);
  }
  return found;
}

}  // namespace

std::optional<std::string> StateFolder::around() {
  const auto state = io::base_folder("XDG_STATE_HOME", ".local/state");
  return state ? std::optional(*state + "/halligan") : std::nullopt;
}

std::optional<StateFolder> StateFolder::of(const ssh::PublicKey& authority) {
  const auto folder = around();
  if (!folder) return std::nullopt;
  const std::string id = hex(crypto::sha256(authority.blob())).substr(0, kIdDigits);
  return StateFolder(*folder + "/" + std::string(kPrefix) + id);
}

Result<std::vector<StateFolder>> StateFolder::all() {
  std::vector<StateFolder> folders;
  if (const auto folder = around()) {
    HALLIGAN_TRY(auto paths, matching(*folder, kPrefix, ""));
    for (std::string& path : paths) folders.push_back(StateFolder(std::move(path)));
  }
  return folders;
}

Result<std::vector<std::string>> StateFolder::taken_ledgers() const {
  return matching(path_, "taken-", ".ledger");
}

Result<> StateFolder::make(const ssh::PublicKey& authority) const {
  HALLIGAN_CHECK(io::make_private_folders(path_));
  const std::string line = ssh::format_public_key_line(authority, "") + "\n";
  const io::NewFile file{path_ + "/ca.pub", 0644, as_bytes(line)};
  auto written = io::write_files({&file, 1}, io::Existing::kRefuse);
  return !written && written.error().code == Code::kExists ? Result<>{} : std::move(written);
}

Result<> StateFolder::remember_policy(const std::string& file) const {
  std::error_code error;
  if (fs::is_symlink(policy(), error) && fs::read_symlink(policy(), error) == file) return {};
  return io::replace_link(policy(), file);
}

}  // namespace halligan::ca
