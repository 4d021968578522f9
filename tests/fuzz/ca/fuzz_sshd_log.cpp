// Logs of sshd: they hold what strangers typed.
#include <cstdlib>

#include "ledger/reconcile.hpp"
#include "ledger/sshd_log.hpp"

using namespace halligan;

namespace {

// A login behind any text is read as one or the line is unreadable, unless the text shows who else wrote it.
void check_planted(std::string_view before, std::uint64_t now) {
  static const std::string kPrint = "SHA256:" + std::string(43, 'A');
  static const std::string kLogin =
      "Accepted publickey for root from 192.0.2.1 port 50000 ssh2: ED25519-CERT " + kPrint +
      " ID x (serial 7) CA ECDSA-SK " + kPrint;
  if (before.find('{') != std::string_view::npos) return;  // JSON names the writer
  if (ledger::find_login(std::string(before) + kLogin) != before.size()) return;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (ledger::quotes_stranger(before.substr(i))) return;
  }
  const auto read = ledger::read_log_line(std::string(before) + kLogin, now);
  if (read.unreadable.empty() && !read.line) std::abort();
  if (!read.line) return;
  const auto login = ledger::parse_certificate_login(read.line->message);
  if (login && !*login) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kNow = 1795330000;
  const std::string_view text = as_text({data, size});
  ledger::Reconciliation reconciliation({}, {}, 10);
  reconciliation.read("log", text, kNow);
  reconciliation.finish();
  for (const auto& finding : reconciliation.findings()) {
    if (finding.text.find('\n') != std::string::npos) std::abort();
  }
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    check_planted(rest.substr(0, end), kNow);
    if (const auto line = ledger::read_log_line(rest.substr(0, end), kNow).line; line) {
      const auto login = ledger::parse_certificate_login(line->message);
      if (login && *login) {
        // What is whole is what a cut at its end would leave.
        const auto cut = ledger::parse_cut_login(line->message);
        if (!(*login)->key.empty() && (!cut || cut->login.key != (*login)->key)) std::abort();
      }
      // A login never ends itself, what it names can be found again in it, and none is passed over.
      if ((!login || *login) && ledger::parse_connection_end(line->message)) std::abort();
      if (login && *login && line->message.find((*login)->authority) == std::string::npos) std::abort();
      const bool tells = line->message.starts_with("Accepted publickey for ");
      if (tells && line->message.find("-CERT ") != std::string::npos && login && !*login) std::abort();
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return 0;
}
