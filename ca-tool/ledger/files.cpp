#include "ledger/files.hpp"

#include <array>
#include <cstdlib>
#include <string_view>

#include "base/codec.hpp"
#include "io/files.hpp"
#include "ssh/text_line.hpp"

namespace halligan::ledger {
namespace {

constexpr const char* kOwnHint = "name the ledger; with --ca FILE certificates are recorded in FILE.ledger";
constexpr std::size_t kLargestAuthorityFile = 1024 * 1024;

}  // namespace

Result<std::string> own_ledger() {
  constexpr std::array<std::array<const char*, 2>, 2> kFolders{
      {{"XDG_STATE_HOME", "/halligan/ca.ledger"}, {"HOME", "/.local/state/halligan/ca.ledger"}}};
  for (const auto& [variable, rest] : kFolders) {
    const char* folder = ::secure_getenv(variable);
    // The base directory specification: a relative one is to be ignored.
    if (folder != nullptr && folder[0] == '/') return std::string(folder) + rest;
  }
  return fail(Code::kUsage, "cannot find the ledger: neither XDG_STATE_HOME nor HOME is an absolute path",
              "name the ledger");
}

Result<LoadedLedgers> load_ledgers(const std::vector<std::string>& files) {
  std::vector<std::string> paths = files;
  if (paths.empty()) {
    HALLIGAN_TRY(paths.emplace_back(), own_ledger());
  }
  LoadedLedgers out;
  std::vector<Chain> all;
  for (const std::string& path : paths) {
    auto read = io::read_file(path, kLargestLedger);
    HALLIGAN_TRY(Bytes text,
                 files.empty() ? std::move(read).hint(Code::kNotFound, kOwnHint) : std::move(read));
    // The last record may be whole and lack nothing but its newline.
    const std::string_view lines = as_text(text);
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
