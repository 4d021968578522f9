#include "trust/proof.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "io/files.hpp"
#include "io/folders.hpp"
#include "io/process.hpp"
#include "ssh/text_line.hpp"

namespace halligan::trust {
namespace {

constexpr std::chrono::minutes kCanaryWait{2};
constexpr std::size_t kKept = 1 << 16;
constexpr int kTries = 5;  // sshd closes its port for a moment when it reloads

std::string last_line(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (!trim_start(line).empty()) out = printable(line);
  }
  while (out.ends_with("\\x0d")) out.erase(out.size() - 4);
  return out;
}

bool refused_connection(std::string_view said) {
  for (const std::string_view each :
       {"Connection refused", "Connection reset by", "kex_exchange_identification"})
    if (said.find(each) != std::string_view::npos) return true;
  return false;
}

bool throttled(std::string_view said) {
  return said.find("Not allowed at this time") != std::string_view::npos ||
         said.find("Exceeded MaxStartups") != std::string_view::npos;
}

}  // namespace

Result<> log_in_anew(const Host& host) {
  std::vector<std::string> argv = host.ssh(true, {"-o", "ConnectTimeout=15"});
  argv.insert(argv.end(), {"--", host.name, "true"});
  for (int tries = 1;; ++tries) {
    HALLIGAN_TRY(const auto done, io::run({.argv = argv,
                                           .in = io::Terminal{},
                                           .out = io::Null{},
                                           .err = io::Captured{1 << 20},
                                           .timeout = kCanaryWait}));
    if (done.exit_code != 255) return {};
    if (tries == kTries || throttled(done.err) || !refused_connection(done.err))
      return fail(Code::kNo, "a new login does not work: " + last_line(done.err));
    std::this_thread::sleep_for(std::chrono::milliseconds(200 * tries));
  }
}

std::string_view verdict_word(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAccepted:
      return "accepted";
    case Verdict::kRefused:
      return "refused";
    case Verdict::kThrottled:
      return "throttled";
    case Verdict::kUnreachable:
      break;
  }
  return "unreachable";
}

Result<std::vector<Verdict>> ask_about(const Host& host, const Question& question) {
  HALLIGAN_TRY(const auto scratch, io::ScratchFolder::make());
  std::vector<std::string> more{"-v", "-l", question.account, "-o", "ConnectTimeout=15"};
  for (const char* each : {"PreferredAuthentications=publickey", "IdentitiesOnly=yes", "IdentityAgent=none",
                           "BatchMode=yes", "PKCS11Provider=none", "LogLevel=DEBUG1"})
    more.insert(more.end(), {"-o", each});
  std::vector<std::string> names;
  for (const Canary* const canary : question.canaries) {
    // ssh pairs a certificate with a key of which it needs no private half to ask. No name begins with
    // another.
    const std::string name = fmt::format("{}/{}.key", scratch->path(), names.size());
    const std::string key = ssh::format_public_key_line(canary->certificate.body.subject, {}) + "\n";
    const std::string certificate = ssh::format_certificate_line(canary->certificate, {}) + "\n";
    const io::NewFile files[] = {{name + ".pub", 0600, as_bytes(key)},
                                 {name + "-cert.pub", 0600, as_bytes(certificate)}};
    HALLIGAN_CHECK(io::write_files(files, io::Existing::kRefuse));
    more.insert(more.end(), {"-o", "CertificateFile=" + name + "-cert.pub", "-i", name});
    names.push_back(name);
  }
  std::vector<std::string> argv = host.ssh(true, more);
  argv.insert(argv.end(), {"--", host.name, "true"});
  HALLIGAN_TRY(const auto done, io::run({.argv = std::move(argv),
                                         .out = io::Null{},
                                         .err = io::Captured{kKept * 16},
                                         .timeout = kCanaryWait,
                                         .stop = scratch->stop()}));
  std::vector<Verdict> out;
  const bool asked = done.err.find("Authentications that can continue") != std::string::npos ||
                     done.err.find("Authenticated to") != std::string::npos;
  for (const std::string& name : names) {
    const bool accepted = done.err.find("Server accepts key: " + name) != std::string::npos;
    const bool offered = done.err.find("Offering public key: " + name) != std::string::npos;
    out.push_back(accepted              ? Verdict::kAccepted
                  : asked && offered    ? Verdict::kRefused
                  : throttled(done.err) ? Verdict::kThrottled
                  : asked               ? Verdict::kRefused
                                        : Verdict::kUnreachable);
  }
  return out;
}

}  // namespace halligan::trust
