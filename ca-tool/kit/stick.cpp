#include "kit/stick.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "io/clock.hpp"
#include "io/files.hpp"
#include "io/folders.hpp"
#include "kit/pages.hpp"
#include "kit/printer.hpp"
#include "prove/canary_file.hpp"
#include "runbook/blocks.hpp"

namespace halligan::kit {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestCopy = 512 << 20;

// A name for file systems, of a name for people.
std::string plain_name(std::string_view text) {
  std::string out;
  for (const char c : text) out += is_stick_name({&c, 1}) || c == '.' || c == '-' ? c : '_';
  return is_stick_name(out) ? out : "_" + out.substr(0, 100);
}

class StickCollector {
 public:
  StickCollector(const Contents& contents, const StickOptions& options)
      : contents_(contents), options_(options) {}

  Result<std::vector<StickFile>> collect() {
    for (const KitCa& each : contents_.authorities)
      HALLIGAN_CHECK(add(stick_key_name(each.name), to_bytes(each.line() + "\n"), each.name));
    HALLIGAN_CHECK(add(kStickKnownHosts, to_bytes(known_hosts_text(contents_.hosts)), kStickKnownHosts));
    HALLIGAN_CHECK(add(kStickHosts, to_bytes(hosts_text(contents_.hosts)), kStickHosts));
    HALLIGAN_CHECK(add_configuration());
    for (std::size_t i = 0; i < contents_.ledger_files.size(); ++i)
      HALLIGAN_CHECK(copy(std::string(kStickLedger) + std::to_string(i + 1), contents_.ledger_files[i]));
    HALLIGAN_CHECK(add_canaries());
    HALLIGAN_CHECK(add_runbooks());
    HALLIGAN_CHECK(add_pages());
    if (!options_.portable.empty())
      HALLIGAN_CHECK(copy(plain_name(fs::path(options_.portable).filename().string()), options_.portable));
    for (const std::string& file : options_.added)
      HALLIGAN_CHECK(copy(plain_name(fs::path(file).filename().string()), file));
    HALLIGAN_CHECK(add("README.txt", to_bytes(read_me()), "README.txt"));
    std::ranges::sort(files_, {}, &StickFile::name);
    return std::move(files_);
  }

 private:
  Result<> add(const std::string& name, Bytes contents, const std::string& source) {
    if (holds_secret(contents))
      return fail(Code::kBadInput, printable(source) + " holds a private key, which belongs on no stick");
    if (name == kManifest || name == kManifestSignature || !names_.insert(name).second)
      return fail(Code::kBadInput, printable(source) + ": the stick has a file " + name + " already");
    files_.push_back({name, std::move(contents)});
    return {};
  }

  Result<> copy(const std::string& name, const std::string& file) {
    HALLIGAN_TRY(Bytes contents, io::read_file(file, kLargestCopy));
    return add(name, std::move(contents), file);
  }

  // Paths in it are beside it: `halligan mint --config /media/stick/config` finds them on any laptop.
  Result<> add_configuration() {
    std::string text = "# halligan(5), made by halligan kit stick\n";
    for (const KitCa& each : contents_.authorities) {
      const std::string name = plain_name(each.name);
      text += "\nCA " + name + "\nPublicKey " + stick_key_name(each.name) + "\nKnownHosts " +
              kStickKnownHosts + "\n";
      if (!each.configured) continue;
      const ca::ConfiguredCa& known = *each.configured;
      if (known.policy) {
        HALLIGAN_CHECK(copy("policy-" + name, known.policy->value));
        text += "Policy policy-" + name + "\n";
      }
      if (known.co_signers) {
        HALLIGAN_CHECK(copy("co-signers-" + name, known.co_signers->value));
        text += "CoSigners co-signers-" + name + "\n";
      }
      for (const auto& [keyword, setting] :
           {std::pair("Application", &known.application), std::pair("User", &known.user),
            std::pair("Principals", &known.principals), std::pair("Validity", &known.validity)}) {
        if (*setting) text += std::string(keyword) + " \"" + (*setting)->value + "\"\n";
      }
    }
    return add(kStickConfig, to_bytes(text), kStickConfig);
  }

  Result<> add_canaries() {
    std::string file = options_.canaries;
    if (file.empty()) {
      HALLIGAN_TRY(file, prove::usual_canary_file());
      HALLIGAN_TRY(const io::Kind kind, io::kind_of(file));
      if (kind == io::Kind::kNothing) return {};
    }
    HALLIGAN_TRY(const auto canaries, prove::read_canaries(file));
    return add(kStickCanaries, to_bytes(prove::format_canaries(canaries)), file);
  }

  Result<> add_runbooks() {
    HALLIGAN_CHECK(contents_.find_runbook(kEmergencyPage));
    for (const runbook::Runbook& each : contents_.runbooks) {
      const std::string name = plain_name(each.name);
      HALLIGAN_CHECK(add(name + ".md", to_bytes(each.text), each.file));
      const auto blocks = runbook::blocks_of(each.text);
      HALLIGAN_CHECK(
          add(name + ".html", to_bytes(runbook::html_page(blocks, each.document.title)), each.file));
    }
    return add(std::string(runbook::kStylesheetName), to_bytes(runbook::kStylesheet), "the stylesheet");
  }

  Result<> add_pages() {
    if (const auto layout = find_layout(); !layout) {
      if (layout.error().code != Code::kNotFound) return fail(layout.error());
      say("no kit.pdf on the stick: " + layout.error().message);
      return {};
    }
    HALLIGAN_TRY(const Sheets sheets, make_sheets(contents_));
    HALLIGAN_TRY(Bytes pdf, make_pdf(sheets));
    return add("kit.pdf", std::move(pdf), "kit.pdf");
  }

  std::string read_me() const {
    std::string text = "Emergency kit, made " + io::format_utc(contents_.made) + " on " +
                       printable(contents_.machine) +
                       ".\nNothing on this stick is secret. The token and its PIN are elsewhere.\n\n"
                       "Begin with emergency-access.html, in any browser.\n\n"
                       "Is everything as it was?   sha256sum --quiet -c SHA256SUMS\n";
    if (!options_.key.empty())
      text +=
          "Who made it?               ssh-keygen -Y verify -n halligan-kit -f SIGNERS -I NAME \\\n"
          "                             -s SHA256SUMS.sig <SHA256SUMS\n";
    text +=
        "Does it still fit?         halligan kit verify FOLDER\n"
        "The CAs that it is about   halligan mint --config FOLDER/config ...\n";
    if (!options_.portable.empty())
      text += "No halligan here?          tar -xJf " +
              plain_name(fs::path(options_.portable).filename().string()) + " -C ~\n";
    text += "Names are not looked up?   hosts has the addresses, known_hosts their keys\n\nCAs:\n";
    for (const KitCa& each : contents_.authorities)
      text += "  " + each.fingerprint + "  " + printable(each.name) + "\n";
    text += "\nLedgers, by the SHA-256 of the last record:\n";
    for (const KitLedger& each : contents_.ledgers) text += "  " + each.head + "  " + each.label + "\n";
    return text;
  }

  const Contents& contents_;
  const StickOptions& options_;
  std::set<std::string> names_;
  std::vector<StickFile> files_;
};

}  // namespace

std::string stick_key_name(const std::string& authority) {
  std::string_view name = authority;
  if (name.ends_with(".pub")) name.remove_suffix(4);
  return "ca-" + plain_name(name) + ".pub";
}

bool holds_secret(ByteView contents) {
  const std::string_view text = as_text(contents);
  return io::holds_private_key(text) || text.find("AGE-SECRET-KEY-") != std::string_view::npos;
}

Result<std::vector<StickFile>> stick_files(const Contents& contents, const StickOptions& options) {
  return StickCollector(contents, options).collect();
}

}  // namespace halligan::kit
