#include "issue/ca_ledger.hpp"

#include <filesystem>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "ca/authority_key.hpp"
#include "ledger/files.hpp"
#include "ledger/take_over.hpp"

namespace halligan::issue {
namespace {

namespace fs = std::filesystem;

Result<ledger::Ledger> open_or_create(const std::string& path) {
  std::error_code unknown;
  const bool creates = !fs::exists(path, unknown) && !unknown;
  HALLIGAN_TRY(auto ledger, ledger::Ledger::open(path));
  if (creates) say("created ledger " + printable(path));
  return ledger;
}

// Scripts know it as CA.ledger beside the CA's file. Where there can be no link, they name it themselves.
void link_beside(const std::string& place, const std::string& ledger) {
  std::error_code error;
  if (fs::symlink_status(place, error).type() == fs::file_type::not_found)
    fs::create_symlink(ledger, place, error);
}

// Such a link may be named as well: what it leads to is ours.
std::string without_link(const std::string& named, const std::string& ledger) {
  std::error_code error;
  const bool ours = fs::is_symlink(named, error) && fs::read_symlink(named, error) == ledger;
  return ours ? ledger : named;
}

}  // namespace

Result<ledger::Ledger> open_ledger_of(const ssh::PublicKey& key, const SigningOptions& options,
                                      const ca::CaRules& rules) {
  const auto folder = ca::StateFolder::of(key);
  if (!options.ledger.file.empty()) {
    return open_or_create(without_link(options.ledger.file, folder ? folder->ledger() : ""));
  }
  if (rules.configured && rules.configured->ledger) return open_or_create(rules.configured->ledger->value);
  if (!folder) {
    return fail(Code::kUsage,
                "there is no place for it: neither XDG_STATE_HOME nor HOME is an absolute path");
  }
  HALLIGAN_CHECK(folder->make(key));
  const std::string& file = options.selection.authority.file;
  const std::string beside = file.empty() ? "" : ca::authority_stem(file) + ".ledger";
  std::vector<std::string> earlier;
  if (!beside.empty()) earlier.push_back(beside);
  if (const auto common = ledger::common_ledger()) earlier.push_back(*common);
  HALLIGAN_TRY(const auto taken, ledger::take_over(*folder, key, earlier));
  HALLIGAN_TRY(auto ledger, open_or_create(folder->ledger()));
  for (const auto& [copy, chains] : taken) {
    for (const ledger::Chain& chain : chains) ledger.count_in(copy, chain);
  }
  if (!beside.empty()) link_beside(beside, folder->ledger());
  return ledger;
}

}  // namespace halligan::issue
