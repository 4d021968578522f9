#include "ledger/take_over.hpp"

#include "base/codec.hpp"
#include "base/log.hpp"
#include "io/files.hpp"
#include "ledger/recorded.hpp"

namespace halligan::ledger {
namespace {

constexpr std::size_t kNameDigits = 16;  // of a chain's 32

// Without what a crash left at its end: that was never released.
Result<std::vector<Chain>> read_chains(const std::string& path) {
  HALLIGAN_TRY(const Bytes bytes, io::read_file(path, kLargestLedger));
  std::string text(as_text(bytes));
  if (parse_record(text.substr(text.rfind('\n') + 1))) text += '\n';
  HALLIGAN_TRY(auto ledger, parse_ledger(text).in(path));
  return std::move(ledger.chains);
}

// There may be no such file: then there are no chains.
Result<std::vector<Chain>> chains_if_there(const std::string& path) {
  auto chains = read_chains(path);
  if (!chains && chains.error().code == Code::kNotFound) return std::vector<Chain>{};
  return chains;
}

bool has_records_of(const std::vector<Chain>& chains, const ssh::PublicKey& authority) {
  for (const Recorded& each : recorded_certificates(chains)) {
    if (each.issued().certificate.body.ca == authority) return true;
  }
  return false;
}

std::string joined(const std::vector<Chain>& chains) {
  std::string text;
  for (const Chain& chain : chains) {
    for (const Entry& entry : chain.entries) (text += entry.line) += '\n';
  }
  return text;
}

Result<> take_one(const ca::StateFolder& folder, const ssh::PublicKey& authority, const std::string& place) {
  HALLIGAN_TRY(std::vector<Chain> chains, chains_if_there(place));
  if (!has_records_of(chains, authority)) return {};
  const ChainStart* start = chains.front().start();
  const std::string id = start != nullptr ? start->id : chains.front().entries.front().hash;
  const std::string copy = folder.path() + "/taken-" + id.substr(0, kNameDigits) + ".ledger";
  HALLIGAN_TRY(std::vector<Chain> both, chains_if_there(copy));
  const std::string before = joined(both);
  for (Chain& chain : chains) both.push_back(std::move(chain));
  HALLIGAN_TRY(const auto united, unite(std::move(both)).in(printable(place) + " and its copy"));
  const std::string text = joined(united);
  if (text == before) return {};
  const io::NewFile file{copy, 0600, as_bytes(text)};
  HALLIGAN_CHECK(io::write_files({&file, 1}, io::Existing::kReplace));
  say("copied the ledger " + printable(place) + " to " + printable(copy) + ": this CA's ledger is now " +
      printable(folder.ledger()));
  return {};
}

}  // namespace

Result<std::vector<TakenLedger>> take_over(const ca::StateFolder& folder, const ssh::PublicKey& authority,
                                           const std::vector<std::string>& places) {
  for (const std::string& place : places) {
    HALLIGAN_TRY(const bool own, io::same_file(place, folder.ledger()));
    if (!own) HALLIGAN_CHECK(take_one(folder, authority, place));
  }
  std::vector<TakenLedger> taken;
  HALLIGAN_TRY(const auto files, folder.taken_ledgers());
  for (const std::string& file : files) {
    HALLIGAN_TRY(auto chains, read_chains(file));
    taken.push_back({file, std::move(chains)});
  }
  return taken;
}

}  // namespace halligan::ledger
