#include "ledger/files.hpp"

#include <cstdlib>
#include <string_view>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "io/files.hpp"

namespace halligan::ledger {
namespace {

constexpr std::size_t kLargestAuthorityFile = 1024 * 1024;

std::string environment(const char* name) {
  const char* value = ::secure_getenv(name);
  return value == nullptr ? std::string() : value;
}

// Whoever made a CA with a handle file has no ledger of his own.
Error hint_if_own(Error error, bool own) {
  if (own && error.code == Code::kNotFound && error.hint.empty()) {
    error.hint =
        "with --ca FILE the record is in FILE.ledger: name that, as in halligan ledger list FILE.ledger";
  }
  return error;
}

}  // namespace

Result<std::string> own_ledger() {
  std::string folder = environment("XDG_STATE_HOME");
  if (!folder.starts_with('/')) {  // the base directory specification: a relative one is to be ignored
    folder = environment("HOME");
    if (!folder.starts_with('/')) {
      return fail(Code::kUsage, "there is no home folder for the ledger", "name one with --ledger FILE");
    }
    folder += "/.local/state";
  }
  return folder + "/halligan/ca.ledger";
}

Result<LoadedLedgers> load_ledgers(const std::vector<std::string>& files) {
  std::vector<std::string> paths = files;
  if (paths.empty()) {
    HALLIGAN_TRY(paths.emplace_back(), own_ledger());
  }
  LoadedLedgers out;
  std::vector<Chain> all;
  for (const std::string& path : paths) {
    auto text = io::read_file(path, kLargestLedger);
    if (!text) return fail(hint_if_own(std::move(text).error(), files.empty()));
    // The last record may be whole and lack nothing but its newline.
    const std::string_view lines = as_text(*text);
    const bool unended = parse_record(lines.substr(lines.rfind('\n') + 1)).has_value();
    if (unended) text->push_back('\n');
    auto ledger = parse_ledger(as_text(*text));
    if (!ledger) return fail(std::move(ledger).error().in(path));
    for (Chain& chain : ledger->chains) all.push_back(std::move(chain));
    if (unended) {
      out.torn.push_back({true, "newline-missing",
                          printable(path) + ": its last record has lost its newline; mint and sign add it"});
    }
    if (ledger->torn.empty()) continue;
    out.torn.push_back({true, "line-cut",
                        printable(path) + ": its last line is cut off after " +
                            std::to_string(ledger->torn.size()) +
                            " bytes; if that was a crash, nothing was released for it"});
  }
  HALLIGAN_TRY(out.chains, unite(std::move(all)));
  return out;
}

Result<std::vector<Chain>> readable_chains(const std::vector<std::string>& files) {
  HALLIGAN_TRY(LoadedLedgers loaded, load_ledgers(files));
  for (const LedgerFinding& torn : loaded.torn) say(torn.text, "see halligan ledger verify");
  for (const Chain& chain : loaded.chains) {
    const auto faults = chain_faults(chain);
    if (!faults.empty())
      say(chain.name() + " is damaged: " + faults.front().text, "see halligan ledger verify");
  }
  return std::move(loaded.chains);
}

Result<std::vector<ssh::PublicKey>> read_authorities(const std::vector<std::string>& files) {
  std::vector<ssh::PublicKey> out;
  for (const std::string& file : files) {
    HALLIGAN_TRY(const Bytes text, io::read_file(file, kLargestAuthorityFile));
    std::string_view rest = as_text(text);
    const std::size_t before = out.size();
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      std::string_view line = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.find_first_not_of(" \t") == std::string_view::npos || line.starts_with('#')) continue;
      auto key = ssh::parse_public_key_line(line);
      if (!key) return fail(std::move(key).error().in(file));
      out.push_back(std::move(key->key));
    }
    if (out.size() == before) return fail(Code::kBadInput, file + ": no key in it");
  }
  return out;
}

}  // namespace halligan::ledger
