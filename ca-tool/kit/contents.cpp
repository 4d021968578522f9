#include "kit/contents.hpp"

#include <algorithm>
#include <filesystem>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "ca/authority_key.hpp"
#include "ca/selection.hpp"
#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "io/files.hpp"
#include "io/identity.hpp"
#include "io/process.hpp"
#include "ledger/files.hpp"
#include "ledger/verify.hpp"
#include "token/hid_tokens.hpp"

namespace halligan::kit {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestKey = 64 * 1024;

// The comment of the key's file, which read_authority_public_key() leaves out.
std::string comment_in(const std::string& file) {
  for (const std::string& name : {file, file + ".pub"}) {
    const auto text = io::read_file(name, kLargestKey);
    const auto line = text ? ssh::parse_public_key_file(as_text(*text)) : fail(Code::kNotFound, "none");
    if (line) return line->comment;
  }
  return {};
}

Result<std::vector<std::string>> randomart(const KitCa& authority) {
  const std::string line = ssh::format_public_key_line(authority.key, "") + "\n";
  HALLIGAN_TRY(const io::Finished done,
               io::run({.argv = {"ssh-keygen", "-lv", "-f", "/dev/stdin"}, .in = as_bytes(line)}));
  std::string_view rest = done.out;
  const std::string_view first = next_line(rest);
  if (done.exit_code != 0 || first.find(authority.fingerprint) == std::string_view::npos)
    return fail(Code::kUnreachable,
                "ssh-keygen does not show the fingerprint of the CA " + printable(authority.name));
  std::vector<std::string> art;
  while (!rest.empty()) art.push_back(printable(next_line(rest)));
  return art;
}

Result<KitCa> configured_ca(const ca::ConfiguredCa& configured) {
  HALLIGAN_TRY(const ssh::PublicKey key, ca::configured_public_key(configured));
  return KitCa{.name = configured.name,
               .key = key,
               .comment = comment_in(configured.public_key->value),
               .fingerprint = crypto::fingerprint(key),
               .art = {},
               .configured = configured};
}

Result<KitCa> find_authority(const ca::Configuration& configuration, const std::string& wanted) {
  if (configuration.has(wanted)) return configured_ca(configuration.find(wanted));
  HALLIGAN_TRY(const ssh::PublicKey key, ca::read_authority_public_key(wanted));
  for (const std::string& name : configuration.names()) {
    const auto other = configured_ca(configuration.find(name));
    if (other && other->key == key) return *other;
  }
  return KitCa{.name = fs::path(wanted).filename(),
               .key = key,
               .comment = comment_in(wanted),
               .fingerprint = crypto::fingerprint(key),
               .art = {},
               .configured = {}};
}

Result<> read_ledgers(Contents& contents, const std::vector<std::string>& named) {
  contents.ledger_files = named;
  if (named.empty()) {
    HALLIGAN_TRY(contents.ledger_files, ledger::own_ledgers());
  }
  if (contents.ledger_files.empty()) return {};
  HALLIGAN_TRY(const auto loaded, ledger::load_ledgers(contents.ledger_files));
  for (const ledger::Chain& chain : loaded.chains) {
    KitLedger& each = contents.ledgers.emplace_back(
        KitLedger{.label = chain.label(), .records = chain.entries.size(), .head = chain.head()});
    if (const auto& record = chain.entries.back().record) each.last = record->seconds();
  }
  const auto verdict = ledger::verify_ledger(loaded.chains, {});
  for (KitCa& authority : contents.authorities) {
    for (const ledger::CounterReport& counter : verdict.counters) {
      if (counter.authority == authority.fingerprint) authority.counter = counter.last;
    }
  }
  if (!verdict.intact()) say("the ledger has faults, which go into the kit: see halligan ledger verify");
  return {};
}

std::vector<std::string> plugged_in() {
  std::vector<std::string> out;
  for (const token::HidToken& each : token::hid_tokens()) {
    std::string text = token::product_words(each);
    text += each.serial.empty() ? ": no serial number by USB" : ": serial " + each.serial;
    out.push_back(std::move(text));
  }
  if (out.empty()) say("no token is plugged in: name them with --token");
  return out;
}

}  // namespace

std::string KitCa::qr_text() const {
  const bool is_plain =
      std::ranges::all_of(comment, [](char c) { return static_cast<unsigned char>(c - 0x20) < 0x5F; });
  return ssh::format_public_key_line(key, is_plain ? comment : "");
}

Result<const runbook::Runbook*> Contents::find_runbook(const std::string& name) const {
  for (const runbook::Runbook& each : runbooks) {
    if (each.name == name) return &each;
  }
  return fail(Code::kNotFound, "no runbook \"" + name + "\"", "name the folder with --runbooks");
}

Result<std::vector<KitCa>> find_authorities(const ca::Configuration& configuration,
                                            const std::vector<std::string>& wanted) {
  const std::vector<std::string>& names = wanted.empty() ? configuration.names() : wanted;
  if (names.empty()) return fail(Code::kUsage, "no CA is configured", "name its public key with --ca FILE");
  std::vector<KitCa> out;
  for (const std::string& name : names) {
    HALLIGAN_TRY(KitCa authority, find_authority(configuration, name));
    const auto same = [&](const KitCa& each) { return each.key == authority.key; };
    if (std::ranges::none_of(out, same)) out.push_back(std::move(authority));
  }
  return out;
}

Result<Contents> gather(const ContentsOptions& options) {
  Contents contents{.made = io::unix_seconds(),
                    .machine = io::machine_name(),
                    .authorities = {},
                    .ledgers = {},
                    .ledger_files = {},
                    .tokens = options.tokens,
                    .seals = options.seals,
                    .hosts = {},
                    .runbooks = {},
                    .configuration = {}};
  HALLIGAN_TRY(contents.configuration, ca::Configuration::load(options.configuration));
  HALLIGAN_TRY(contents.authorities, find_authorities(contents.configuration, options.authorities));
  for (KitCa& each : contents.authorities) {
    HALLIGAN_TRY(each.art, randomart(each));
  }
  HALLIGAN_CHECK(read_ledgers(contents, options.ledgers));
  std::vector<std::string> known_hosts = options.known_hosts;
  for (const KitCa& each : contents.authorities) {
    if (options.known_hosts.empty() && each.configured && each.configured->known_hosts &&
        std::ranges::find(known_hosts, each.configured->known_hosts->value) == known_hosts.end())
      known_hosts.push_back(each.configured->known_hosts->value);
  }
  HALLIGAN_TRY(contents.hosts, find_hosts(options, known_hosts));
  if (options.plugged_in) {
    for (std::string& each : plugged_in()) contents.tokens.push_back(std::move(each));
  }
  HALLIGAN_TRY(const auto files,
               options.folder.empty() ? runbook::runbooks_on_shelf() : runbook::runbooks_in(options.folder));
  for (const std::string& file : files) {
    HALLIGAN_TRY(runbook::Runbook book, runbook::read_runbook(file));
    contents.runbooks.push_back(std::move(book));
  }
  return contents;
}

}  // namespace halligan::kit
