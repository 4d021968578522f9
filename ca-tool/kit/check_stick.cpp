#include <algorithm>
#include <map>
#include <set>

#include "base/codec.hpp"
#include "base/folder.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/sshsig.hpp"
#include "io/files.hpp"
#include "kit/steps.hpp"
#include "kit/stick.hpp"
#include "kit/verify.hpp"
#include "ledger/files.hpp"
#include "ledger/text.hpp"
#include "ledger/verify.hpp"
#include "prove/canary_file.hpp"
#include "ssh/text_line.hpp"
#include "ui/describe.hpp"

namespace halligan::kit {
namespace {

constexpr std::size_t kLargestStickFile = 512 << 20;

class StickCheck {
 public:
  explicit StickCheck(const KitMeasure& measure) : measure_(measure) {}

  Result<KitFindings> run(const std::string& folder) {
    HALLIGAN_CHECK(read(folder));
    check_manifest();
    const bool signed_by_known = check_signature();
    check_secrets();
    check_keys();
    check_certificates();
    check_ledgers();
    check_hosts();
    check_runbooks();
    check_archive(signed_by_known);
    return std::move(findings_);
  }

 private:
  void fine(std::string_view name, std::string what) {
    findings_.push_back({name, Verdict::kFine, std::move(what)});
  }
  void wrong(std::string_view name, std::string what) {
    findings_.push_back({name, Verdict::kWrong, std::move(what)});
    ++faults_;
  }
  void unknown(std::string_view name, std::string what) {
    findings_.push_back({name, Verdict::kUnknown, std::move(what)});
  }

  // Each file once: what is checked is what is used.
  Result<> read(const std::string& folder) {
    HALLIGAN_TRY(const auto names, names_in(folder));
    for (const std::string& name : names) {
      auto contents = io::read_file(folder + "/" + name, kLargestStickFile);
      if (contents) {
        files_.emplace(name, *std::move(contents));
      } else {
        wrong("manifest", printable(name) + ": " + contents.error().message);
      }
    }
    return {};
  }

  const Bytes* find(const std::string& name) const {
    const auto found = files_.find(name);
    return found == files_.end() ? nullptr : &found->second;
  }

  void check_manifest() {
    const std::size_t before = faults_;
    const Bytes* text = find(kManifest);
    if (text == nullptr)
      return wrong("manifest", std::string("no ") + kManifest + ": not a kit, or not a whole one");
    const auto lines = parse_manifest(as_text(*text));
    if (!lines) return wrong("manifest", std::string(kManifest) + ": " + lines.error().message);
    std::set<std::string> named{kManifest, kManifestSignature};
    for (const ManifestLine& each : *lines) {
      named.insert(each.name);
      const Bytes* contents = find(each.name);
      if (contents == nullptr) {
        wrong("manifest", each.name + " is missing");
      } else if (hex(crypto::sha256(*contents)) != each.sha256) {
        wrong("manifest", each.name + " was changed");
      }
    }
    for (const auto& [name, contents] : files_) {
      if (!named.contains(name)) wrong("manifest", printable(name) + " was added: it is not in " + kManifest);
    }
    if (faults_ == before) fine("manifest", std::to_string(lines->size()) + " files, unchanged");
  }

  Result<ssh::PublicKey> signer_of(const Bytes& signature) const {
    const Bytes* manifest = find(kManifest);
    HALLIGAN_TRY(auto by,
                 crypto::verify_armored_sshsig(as_text(signature), kNamespace,
                                               manifest == nullptr ? ByteView() : ByteView(*manifest)));
    return std::move(by.key);
  }

  // @return is it signed by somebody who is known?
  bool check_signature() {
    const Bytes* signature = find(kManifestSignature);
    if (signature == nullptr) {
      if (measure_.signers.empty()) {
        unknown("signature", "not signed: whoever changes the stick can change the manifest");
      } else {
        wrong("signature", "not signed");
      }
      return false;
    }
    const auto key = signer_of(*signature);
    if (!key) return wrong("signature", std::string(kManifestSignature) + ": " + key.error().message), false;
    const std::string by = crypto::fingerprint(*key);
    const bool is_ca =
        std::ranges::any_of(measure_.authorities, [&](const KitCa& each) { return each.key == *key; });
    if (is_ca || std::ranges::find(measure_.signers, *key) != measure_.signers.end())
      return fine("signature", "by " + by), true;
    if (measure_.signers.empty()) {
      unknown("signature", "by " + by + ", which is no CA: name the key with --signer");
    } else {
      wrong("signature", "by " + by + ", which no --signer is");
    }
    return false;
  }

  void check_secrets() {
    const std::size_t before = faults_;
    for (const auto& [name, contents] : files_) {
      if (holds_secret(contents)) wrong("secrets", printable(name) + " holds a private key");
    }
    if (faults_ == before) fine("secrets", "none");
  }

  void check_keys() {
    std::vector<ssh::PublicKey> found;
    for (const auto& [name, contents] : files_) {
      if (!name.starts_with("ca-") || !name.ends_with(".pub")) continue;
      const auto line = ssh::parse_public_key_file(as_text(contents));
      if (!line) {
        wrong("ca", printable(name) + ": " + line.error().message);
        continue;
      }
      const auto is = [&](const KitCa& each) { return each.key == line->key; };
      const auto known = std::ranges::find_if(measure_.authorities, is);
      found.push_back(line->key);
      if (known == measure_.authorities.end()) {
        wrong("ca", printable(name) + " is no CA's key: " + crypto::fingerprint(line->key));
      } else {
        fine("ca", printable(name) + ": " + known->fingerprint);
      }
    }
    for (const KitCa& each : measure_.authorities) {
      if (std::ranges::find(found, each.key) == found.end())
        wrong("ca", "the key of the CA " + printable(each.name) + " is not on the stick");
    }
  }

  void check_certificates() {
    if (const Bytes* text = find(kStickCanaries)) {
      const std::size_t before = faults_;
      const auto canaries = prove::parse_canaries(as_text(*text));
      if (!canaries) return wrong("canaries", std::string(kStickCanaries) + ": " + canaries.error().message);
      for (const prove::Canary& each : *canaries)
        check_time("canaries",
                   "the canary of " + printable(each.name.label) + " by " + printable(each.authority()),
                   each.certificate);
      if (faults_ == before) fine("canaries", std::to_string(canaries->size()) + ", none expired");
    } else {
      unknown("canaries", "the stick has none");
    }
    for (const auto& [name, contents] : files_) {
      if (!name.ends_with("-cert.pub")) continue;
      const auto line = ssh::only_line(as_text(contents));
      const auto parsed = line ? ssh::parse_certificate_line(*line) : fail(line.error());
      if (!parsed) {
        wrong("certificates", printable(name) + ": " + parsed.error().message);
      } else {
        check_time("certificates", printable(name), parsed->certificate);
      }
    }
  }

  void check_time(std::string_view name, const std::string& what, const ssh::Certificate& certificate) {
    const ssh::CertificateBody& body = certificate.body;
    if (body.valid_before <= measure_.now)
      return wrong(name, what + " expired " + ui::duration_words(measure_.now - body.valid_before) + " ago");
    if (body.valid_after > measure_.now)
      wrong(name, what + " is not valid yet: is this computer's clock right?");
  }

  // Of this computer's ledgers, those on the stick are the beginning.
  void check_ledgers() {
    const auto own = own_chains();
    for (const auto& [name, contents] : files_) {
      if (!name.starts_with(kStickLedger)) continue;
      const auto parsed = ledger::parse_ledger(as_text(contents));
      if (!parsed) {
        wrong("ledger", printable(name) + ": " + parsed.error().message);
        continue;
      }
      const auto verdict = ledger::verify_ledger(parsed->chains, {});
      if (!verdict.intact()) {
        for (const auto& finding : verdict.findings) {
          if (finding.kind.fault) wrong("ledger", printable(name) + ": " + finding.text);
        }
        continue;
      }
      compare_ledger(printable(name), parsed->chains, own);
    }
  }

  // Nothing where there is no ledger, which is something else than one without records.
  using OwnChains = Result<std::optional<std::vector<ledger::Chain>>>;
  static OwnChains own_chains() {
    const auto files = ledger::own_ledgers();
    if (!files && files.error().code == Code::kUsage) return std::nullopt;  // no home
    if (!files) return fail(files.error());
    if (files->empty()) return std::nullopt;
    HALLIGAN_TRY(auto loaded, ledger::load_ledgers(*files));
    return std::optional(std::move(loaded.chains));
  }

  void compare_ledger(const std::string& name, const std::vector<ledger::Chain>& chains,
                      const OwnChains& own) {
    if (!own)
      return wrong("ledger", name + ": cannot be compared with this computer's: " + own.error().message);
    if (!*own) return fine("ledger", name + ": intact; this computer has none to compare it with");
    std::size_t newer = 0;
    for (const ledger::Chain& chain : chains) {
      bool met = false;
      for (const ledger::Chain& ours : **own) {
        const auto at = std::ranges::find(ours.entries, chain.head(), &ledger::Entry::hash);
        if (at == ours.entries.end()) continue;
        met = true;
        newer += static_cast<std::size_t>(ours.entries.end() - at) - 1;
      }
      if (!met)
        return wrong("ledger",
                     name + ": this computer's ledger lacks the last record of " + printable(chain.name()));
    }
    fine("ledger", name + ": intact, " + std::to_string(newer) + " records older than this computer's");
  }

  void check_hosts() {
    const Bytes* text = find(kStickHosts);
    if (text == nullptr) return wrong("hosts", "no file of hosts with their addresses");
    const auto lines = parse_addresses(as_text(*text));
    if (!lines) return wrong("hosts", std::string(kStickHosts) + ": " + lines.error().message);
    for (const AddressLine& each : *lines) addressed_.insert(each.names.begin(), each.names.end());
    const std::size_t before = faults_;
    constexpr std::string_view kBare = "# no address: ";
    for (std::string_view rest = as_text(*text); !rest.empty();) {
      std::string_view line = next_line(rest);
      if (line.starts_with(kBare))
        wrong("hosts", printable(line.substr(kBare.size())) + " has no address: it needs DNS");
    }
    if (faults_ == before) fine("hosts", std::to_string(addressed_.size()) + " names, each with an address");
  }

  void check_runbooks() {
    const std::size_t before = faults_;
    std::size_t count = 0;
    const auto has_address = [this](const std::string& name) { return addressed_.contains(name); };
    for (const auto& [name, contents] : files_) {
      if (!name.ends_with(".md")) continue;
      const auto document = runbook::parse_document(as_text(contents), name);
      if (!document) {
        wrong("runbooks", document.error().message);
        continue;
      }
      ++count;
      for (const StepNeed& each : needs_of_steps(*document, has_address))
        wrong("runbooks", printable(name) + ":" + std::to_string(each.line) + ": " + each.text);
    }
    if (count == 0) return wrong("runbooks", "the stick has none");
    if (faults_ == before)
      fine("runbooks", std::to_string(count) + ", no step needs DNS, single sign-on or a password manager");
  }

  void check_archive(bool signed_by_known) {
    static const Bytes kNone;
    const auto is = [](const auto& file) { return file.first.starts_with(kStickPortable); };
    const auto archive = std::ranges::find_if(files_, is);
    const bool none = archive == files_.end();
    const bool unchanged = std::ranges::none_of(findings_, [](const KitFinding& each) {
      return each.name == "manifest" && each.verdict == Verdict::kWrong;
    });
    const auto found = check_programs(none ? "" : archive->first, none ? kNone : archive->second,
                                      (signed_by_known && unchanged) || measure_.start);
    findings_.insert(findings_.end(), found.begin(), found.end());
  }

  const KitMeasure& measure_;
  std::map<std::string, Bytes> files_;
  std::set<std::string> addressed_;
  std::size_t faults_ = 0;
  KitFindings findings_;
};

}  // namespace

Result<KitFindings> check_stick(const std::string& folder, const KitMeasure& measure) {
  return StickCheck(measure).run(folder);
}

}  // namespace halligan::kit
