// The host's own word about a login: the line that its sshd wrote into its log.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "drill/command.hpp"
#include "drill/record.hpp"
#include "io/child.hpp"
#include "ledger/sshd_log.hpp"
#include "ssh/certificate.hpp"

namespace halligan::drill {

/// The login that a line has to be about.
struct LoggedLogin {
  std::string account{};
  std::optional<ledger::Peer> peer{};  ///< our end of its connection, as the host saw it
};

struct FoundLine {
  std::string line{};  ///< sshd's message, as a record keeps it; empty: there is none
  std::string why{};   ///< there is none
};

/// Look for it in lines that a stranger sent, in any form that read_log_line() knows. It counts if sshd wrote
/// it, and account, connection, key, key ID, serial and CA are those of the login.
/// @param now Unix seconds
FoundLine find_login(std::string_view log, const ssh::Certificate& certificate, const LoggedLogin& login,
                     std::uint64_t now);

/// What runs on the host.
extern const std::string_view kLogScript;

/// Ask a host over an ordinary login, by ssh's own configuration, or the person's own command.
/// @param drill of which the serial, the key ID and the CA are known @param number of the host in it
/// @param stop readable once it is to end @return why: also what went wrong
FoundLine fetch_line(const RunOptions& options, const Drill& drill, std::size_t number,
                     const ssh::Certificate& certificate, const LoggedLogin& login, int stop);

/// Environment of a person's command about a host.
io::Variables drill_variables(const Drill& drill, const DrilledHost& host);

}  // namespace halligan::drill
