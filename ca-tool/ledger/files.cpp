#include "ledger/files.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/codec.hpp"
#include "ca/configuration.hpp"
#include "ca/state_folder.hpp"
#include "io/files.hpp"
#include "io/folders.hpp"
#include "ledger/report/document.hpp"
#include "ssh/text_line.hpp"

namespace halligan::ledger {
namespace {

constexpr std::size_t kLargestAuthorityFile = 1024 * 1024;

}  // namespace

std::optional<std::string> common_ledger() {
  const auto folder = ca::StateFolder::around();
  return folder ? std::optional(*folder + "/ca.ledger") : std::nullopt;
}

Result<std::vector<std::string>> own_ledgers() {
  std::vector<std::string> paths;
  HALLIGAN_TRY(const auto folders, ca::StateFolder::all());
  for (const ca::StateFolder& folder : folders) {
    HALLIGAN_TRY(auto taken, folder.taken_ledgers());
    std::ranges::move(taken, std::back_inserter(paths));
    paths.push_back(folder.ledger());
  }
  HALLIGAN_TRY(const auto configuration, ca::Configuration::load({}));
  for (const std::string& name : configuration.names()) {
    if (const auto ledger = configuration.find(name).ledger) paths.push_back(ledger->value);
  }
  if (const auto common = common_ledger()) paths.push_back(*common);
  if (paths.empty()) {
    return fail(Code::kUsage, "cannot find the ledger: neither XDG_STATE_HOME nor HOME is an absolute path",
                "name the ledger");
  }
  std::vector<std::string> found;
  for (std::string& path : paths) {
    HALLIGAN_TRY(const io::Kind kind, io::kind_of(path));
    if (kind != io::Kind::kNothing) found.push_back(std::move(path));
  }
  return found;
}

Result<LoadedLedgers> load_ledgers(const std::vector<std::string>& files) {
  std::vector<std::string> paths = files;
  if (paths.empty()) {
    HALLIGAN_TRY(paths, own_ledgers());
  }
  if (paths.empty()) {
    return fail(Code::kNotFound, "no certificate was recorded by this user",
                "name the ledger that another user or machine has written");
  }
  LoadedLedgers out;
  std::vector<Chain> all;
  for (const std::string& path : paths) {
    HALLIGAN_TRY(Bytes text, io::read_file(path, kLargestLedger));
    // The last record may be whole and lack nothing but its newline.
    const std::string_view lines = as_text(text);
    if (report::is_document(lines))
      return fail(Code::kBadInput, printable(path) + ": it is an audit report, not a ledger",
                  "check it alone: halligan ledger verify " + shell_word(path));
    const bool unended = parse_record(lines.substr(lines.rfind('\n') + 1)).has_value();
    if (unended) text.push_back('\n');
    HALLIGAN_TRY(auto ledger, parse_ledger(as_text(text)).in(path));
    for (Chain& chain : ledger.chains) all.push_back(std::move(chain));
    if (unended) {
      out.torn.push_back(
          {FindingCode::kNewlineMissing,
           printable(path) + ": the newline after its last record is missing; mint and sign restore it"});
    }
    if (ledger.torn.empty()) continue;
    out.torn.push_back(
        {FindingCode::kLineCut, printable(path) + ": its last line is cut off after " +
                                    std::to_string(ledger.torn.size()) +
                                    " bytes; if that was a crash, no certificate was released"});
  }
  HALLIGAN_TRY(out.chains, unite(std::move(all)));
  return out;
}

Result<std::vector<ssh::PublicKey>> read_authorities(const std::vector<std::string>& files) {
  std::vector<ssh::PublicKey> out;
  for (const std::string& file : files) {
    HALLIGAN_TRY(const Bytes text, io::read_file(file, kLargestAuthorityFile));
    const std::size_t before = out.size();
    const auto take = [&](std::string_view line, std::size_t) -> Result<> {
      HALLIGAN_TRY(auto parsed, ssh::parse_public_key_line(line));
      out.push_back(std::move(parsed.key));
      return {};
    };
    HALLIGAN_CHECK(ssh::each_line(as_text(text), take).in(file));
    if (out.size() == before) return fail(Code::kBadInput, file + ": contains no key");
  }
  return out;
}

}  // namespace halligan::ledger
