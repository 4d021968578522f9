// Whether a certificate or a key is good now, by everything that it was to be held against.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ca/revocation_list.hpp"
#include "crypto/verify.hpp"
#include "ssh/certificate.hpp"
#include "ssh/trusted_authorities.hpp"
#include "ui/json.hpp"

namespace halligan::ca {

/// A CA of --ca.
struct KnownAuthority {
  std::string file;
  ssh::TrustedAuthority authority;

  std::string where() const;  ///< "file:line", printable
};

/// --expires-in: one of the two.
struct Renewal {
  std::uint64_t seconds = 0;
  std::optional<unsigned> percent;  ///< of the time from valid_after to valid_before, used up
};

/// The server that was asked with --host.
struct HostAsked {
  std::string name;
  std::uint16_t port = 22;
};

struct Measure {
  std::uint64_t now = 0;
  std::vector<KnownAuthority> authorities;  ///< none: whose certificate it is, is not asked
  std::vector<RevocationList> lists;
  std::optional<Renewal> renewal;
};

/// What to measure by, as it was typed.
struct MeasureOptions {
  std::vector<std::string> authorities;  ///< files with CAs
  std::vector<std::string> lists;        ///< KRL files
  std::string expires_in;                ///< DURATION or PERCENT%; empty: not asked
};

/// @errors kUsage (--expires-in) · as reading the files of --ca and --krl
Result<Measure> read_measure(const MeasureOptions& options, std::uint64_t now);

struct Problem {
  std::string_view code;      ///< stable, for --json
  std::string text;           ///< safe for a terminal
  bool only_checked = false;  ///< of time or a finding: it is no "no" unless --check asks
};

struct Judgement {
  const KnownAuthority* authority = nullptr;
  bool other_hosts = false;  ///< the CA is known, but not for the host that was asked
  const RevocationList* list = nullptr;
  ssh::Revocation revocation{};     ///< if there is a list
  const HostAsked* host = nullptr;  ///< the server that was asked
  bool names_host = false;          ///< the certificate does
  std::vector<Problem> problems{};
};

Judgement judge(const Measure& measure, const ssh::Certificate& certificate,
                const Result<crypto::Verified>& verified, const HostAsked* host);
Judgement judge(const Measure& measure, const ssh::PublicKey& key);

/// What something was held against, and what came of it.
struct Judged {
  const Measure& measure;
  const Judgement& judgement;
  bool with_problems = false;  ///< list them: --check
};

/// Rows for ui::to_text(). @param serial of the certificate; 0 for a key
std::string judged_rows(const Judged& judged, std::uint64_t serial);
std::string revoked_row(const Judged& judged, std::uint64_t serial);
/// Members behind those of ui::to_json().
void add_judged(ui::Json& json, const Judged& judged);
/// Of a key: revoked and problems.
void add_judged_key(ui::Json& json, const Judged& judged);

/// "serial 5, in the range 1-10" and so on.
std::string revocation_words(const ssh::Revocation& revocation, std::uint64_t serial);
/// "serial-list", "key-id", …, stable.
std::string_view revocation_code(ssh::RevokedBy by);

}  // namespace halligan::ca
