// Logs of sshd: they hold what strangers typed.
#include <cstdlib>

#include "ledger/reconcile.hpp"
#include "ledger/sshd_log.hpp"

using namespace halligan;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kNow = 1795330000;
  const std::string_view text = as_text({data, size});
  ledger::Reconciliation reconciliation({}, {}, 10);
  static_cast<void>(reconciliation.read(text, kNow));
  for (const auto& finding : reconciliation.findings()) {
    if (finding.text.find('\n') != std::string::npos) std::abort();
  }
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (const auto line = ledger::parse_log_line(rest.substr(0, end), kNow); line) {
      const auto login = ledger::parse_certificate_login(line->message);
      if (login && *login) {
        // What is whole is what a cut at its end would leave.
        const auto cut = ledger::parse_cut_login(line->message);
        if (!cut || cut->login.key != (*login)->key) std::abort();
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
