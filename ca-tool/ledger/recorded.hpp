// The certificates and uses on record: finding them, and their fields for programs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crypto/verify.hpp"
#include "ledger/text.hpp"
#include "ui/json.hpp"

namespace halligan::ledger {

/// A record with a certificate, or of a use. Points into the chains.
struct Recorded {
  const Chain* chain;
  const Entry* entry;

  const Record& record() const { return *entry->record; }
  const CountedUse* use() const { return record().use(); }
  const Issued& issued() const { return *record().issued(); }  ///< unless it is of a use
};

std::vector<Recorded> recorded_certificates(std::span<const Chain> chains);
std::vector<Recorded> recorded_uses(std::span<const Chain> chains);
/// Their CAs' signatures, in the same order; each as crypto::verify_certificate() says it.
std::vector<Result<crypto::Verified>> verify_signatures(std::span<const Recorded> certificates);
/// Certificates and uses, in the order of the records.
std::vector<Recorded> recorded_all(std::span<const Chain> chains);

/// "record 5", with its chain in front where there are several.
std::string entry_name(const std::vector<Chain>& chains, const Recorded& recorded);

/// The certificates with this serial; else the records with this number, one in each chain.
/// @errors kNo (there is none)
Result<std::vector<Recorded>> find_recorded(const std::vector<Chain>& chains, std::uint64_t number);

/// "6,7": the counters of searches for the token, or of a use.
std::string counter_list(std::span<const ssh::Signature> signatures);

/// Every field, in the shapes of `inspect --json` where that has it too.
ui::Json recorded_json(const Recorded& recorded);

/// RFC 4180, lines ending in CR LF; what a kind of record does not have is empty. A list is one field:
/// principals and counters separated by commas, options by blanks.
std::string csv_heading();
std::string csv_line(const Recorded& recorded);

/// Where a certificate is on record.
struct LedgerPlace {
  std::string file;
  std::uint64_t record;
};

/// The row after those of ui::to_text(), and the member after those of ui::to_json(); nothing without a
/// ledger.
std::string place_row(const std::optional<LedgerPlace>& place);
void add_place(ui::Json& json, const std::optional<LedgerPlace>& place);

}  // namespace halligan::ledger
