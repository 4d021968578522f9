#include "revoke/draft.hpp"

#include <algorithm>
#include <deque>

#include "base/codec.hpp"
#include "ca/authority_key.hpp"
#include "ca/revocation_list.hpp"
#include "ca/selection.hpp"
#include "io/files.hpp"
#include "ledger/chain.hpp"
#include "ledger/files.hpp"
#include "ledger/recorded.hpp"
#include "ssh/krl_writer.hpp"
#include "ssh/text_line.hpp"

namespace halligan::revoke {
namespace {

constexpr const char* kByKeyId = "revoke it by its key ID instead: --key-id";

Result<ssh::SerialRange> parse_serials(std::string_view text) {
  const std::size_t dash = text.find('-');
  HALLIGAN_TRY(const std::uint64_t first, command::parse_number(text.substr(0, dash), 0, UINT64_MAX));
  std::uint64_t last = first;
  if (dash != std::string_view::npos) {
    HALLIGAN_TRY(last, command::parse_number(text.substr(dash + 1), 0, UINT64_MAX));
  }
  if (first == 0)
    return fail(Code::kUsage, "serial 0 cannot be revoked: it means that the certificate has no serial",
                kByKeyId);
  if (last < first) return fail(Code::kUsage, "the range " + printable(text) + " runs backwards");
  return ssh::SerialRange{first, last};
}

Result<std::optional<ssh::PublicKey>> chosen_ca(const ca::CaSelection& selection) {
  if (selection.expected) return selection.expected;
  if (selection.authority.file.empty()) return std::nullopt;
  HALLIGAN_TRY(auto key, ca::read_authority_public_key(selection.authority.file));
  return key;
}

/// Adds entries to a list, and owns what they point to.
class Entries {
 public:
  explicit Entries(ssh::Krl& krl) : krl_(krl) {}

  ssh::KrlAuthority& of(const ssh::PublicKey& ca) {
    const Bytes blob = ca.blob();
    for (ssh::KrlAuthority& each : krl_.authorities) {
      if (same(each.ca, blob)) return each;
    }
    krl_.authorities.push_back({.ca = keep(blob), .serials = {}, .ids = {}, .parts = {}, .unknown = {}});
    return krl_.authorities.back();
  }
  void key_id(const ssh::PublicKey& ca, std::string_view id) {
    of(ca).ids.push_back(as_text(keep(to_bytes(as_bytes(id)))));
  }
  void key(const ssh::PublicKey& key) { krl_.keys.push_back(keep(key.blob())); }

 private:
  ByteView keep(Bytes bytes) { return kept_.emplace_back(std::move(bytes)); }

  ssh::Krl& krl_;
  std::deque<Bytes> kept_;
};

Result<> add_certificates(const std::string& path, Entries& entries, std::vector<std::string>& notes) {
  HALLIGAN_TRY(const Bytes text, io::read_file(path, kLargestFile));
  std::size_t count = 0;
  const auto take = [&](std::string_view line, std::size_t) -> Result<> {
    HALLIGAN_TRY(const auto parsed, ssh::parse_certificate_line(line));
    const ssh::CertificateBody& body = parsed.certificate.body;
    ++count;
    if (body.serial != 0) {
      entries.of(body.ca).serials.push_back({body.serial, body.serial});
      return {};
    }
    notes.push_back(printable(path) + ": the certificate has no serial, so all of its CA with the key ID " +
                    printable(body.key_id) + " are revoked");
    entries.key_id(body.ca, body.key_id);
    return {};
  };
  HALLIGAN_CHECK(ssh::each_line(as_text(text), take).in(path));
  if (count == 0) return fail(Code::kBadInput, path + ": contains no certificate");
  return {};
}

using OnRecord = std::vector<ssh::Certificate>;

// Nothing if there is no ledger.
Result<std::optional<OnRecord>> on_record(const WantedOptions& options, const ca::CaSelection& selection,
                                          std::vector<std::string>& notes) {
  std::vector<std::string> files = options.ledgers;
  if (files.empty() && selection.configured && selection.configured->ledger) {
    files.push_back(selection.configured->ledger->value);
  }
  auto loaded = ledger::load_ledgers(files);
  if (!loaded && loaded.error().code == Code::kNotFound && options.ledgers.empty()) return std::nullopt;
  HALLIGAN_TRY(const auto ledgers, std::move(loaded));
  for (const ledger::Chain& chain : ledgers.chains) {
    if (!ledger::chain_faults(chain).empty()) {
      notes.push_back(chain.name() + " is damaged: certificates may be missing from it");
    }
  }
  OnRecord out;
  for (const ledger::Recorded& each : ledger::recorded_certificates(ledgers.chains)) {
    out.push_back(each.issued().certificate);
  }
  return out;
}

Result<std::uint64_t> last_serial(const std::optional<OnRecord>& record, const ssh::PublicKey& ca) {
  std::uint64_t last = 0;
  if (record) {
    for (const ssh::Certificate& each : *record) {
      if (each.body.ca == ca) last = std::max(last, each.body.serial);
    }
  }
  if (last == 0) {
    return fail(Code::kNotFound, "no certificate of this CA is on record, so the last serial is not known",
                "name its ledger with --ledger, or the range with --serial");
  }
  return last;
}

bool nothing_named(const WantedOptions& options) {
  return options.serials.empty() && options.serial_files.empty() && options.key_ids.empty() &&
         options.keys.empty() && options.certificates.empty() && options.authorities.empty() &&
         !options.until_now;
}

Result<> add_of_ca(const WantedOptions& options, const ca::CaSelection& selection,
                   const std::optional<OnRecord>& record, Entries& entries) {
  if (options.serials.empty() && options.serial_files.empty() && options.key_ids.empty() &&
      !options.until_now) {
    return {};
  }
  HALLIGAN_TRY(const auto ca, chosen_ca(selection));
  if (!ca) {
    return fail(Code::kUsage, "serials and key IDs are those of a CA, and none is named",
                "name the CA's public key with --ca");
  }
  std::vector<ssh::SerialRange>& serials = entries.of(*ca).serials;
  for (const std::string& text : options.serials) {
    HALLIGAN_TRY(const ssh::SerialRange range, parse_serials(text).in("--serial"));
    serials.push_back(range);
  }
  for (const std::string& path : options.serial_files) {
    HALLIGAN_TRY(const Bytes text, io::read_file(path, ssh::kMaxKrlSize));
    const auto take = [&serials](std::string_view line, std::size_t) -> Result<> {
      HALLIGAN_TRY(const ssh::SerialRange range, parse_serials(line));
      serials.push_back(range);
      return {};
    };
    auto read = ssh::each_line(as_text(text), take).in(path);
    if (!read && read.error().code == Code::kUsage) read.error().code = Code::kBadInput;
    HALLIGAN_CHECK(std::move(read));
  }
  for (const std::string& id : options.key_ids) {
    if (id.find('\0') != std::string::npos) return fail(Code::kUsage, "--key-id: a NUL in it");
    entries.key_id(*ca, id);
  }
  if (options.until_now) {
    HALLIGAN_TRY(const std::uint64_t last, last_serial(record, *ca));
    serials.push_back({1, last});
  }
  return {};
}

}  // namespace

bool Draft::ends_all() const {
  return valid &&
         std::ranges::any_of(*valid, [](const Affected& each) { return each.revoked && !each.before; }) &&
         std::ranges::all_of(*valid, [](const Affected& each) { return each.revoked.has_value(); });
}

Result<Draft> draft(const WantedOptions& options, std::uint64_t now, std::uint64_t above) {
  if (nothing_named(options)) {
    return fail(Code::kUsage, "nothing to revoke",
                "give --serial, --key-id, --key, --certificate, --ca-key or --until-now");
  }
  Draft out;
  std::optional<ca::RevocationList> old;
  ssh::Krl krl;
  if (!options.old.empty()) {
    HALLIGAN_TRY(auto list, ca::RevocationList::read(options.old));
    old.emplace(std::move(list));
    krl = old->krl();
    if (!krl.signatures.empty()) {
      out.notes.push_back(printable(options.old) +
                          ": the signature inside is left out: it is not of the new list");
    }
    krl.signatures.clear();
  }
  HALLIGAN_TRY(const auto selection, ca::select_ca(options.authority, {}));
  HALLIGAN_TRY(const auto record, on_record(options, selection, out.notes));
  Entries entries(krl);
  HALLIGAN_CHECK(add_of_ca(options, selection, record, entries));
  for (const std::string& path : options.certificates)
    HALLIGAN_CHECK(add_certificates(path, entries, out.notes));
  for (const auto* files : {&options.keys, &options.authorities}) {
    HALLIGAN_TRY(const auto keys, ledger::read_authorities(*files));
    for (const ssh::PublicKey& key : keys) entries.key(key);
  }
  krl.version = std::max(krl.version, above);
  if (krl.version == UINT64_MAX)
    return fail(Code::kBadInput, options.old + ": there is no version above its own");
  out.version = ++krl.version;
  krl.generated = now;
  ssh::normalize(krl);
  HALLIGAN_TRY(
      out.file,
      ssh::write_krl(krl).in(options.old).hint(Code::kUnsupported, "make a new list without --update"));
  // Judged by what was written, as a host will read it.
  HALLIGAN_TRY(const auto list, ca::RevocationList::parse(out.file, "the new list"));
  if (const auto reason = ca::refused_by_sshd(list.krl()))
    return fail(Code::kUnsupported, options.old + ": " + *reason, "make a new list without --update");
  if (!record) return out;
  out.valid.emplace();
  for (const ssh::Certificate& each : *record) {
    if (now < each.body.valid_after || now >= each.body.valid_before) continue;
    out.valid->push_back({each, list.find(each), old && old->find(each)});
  }
  return out;
}

}  // namespace halligan::revoke
