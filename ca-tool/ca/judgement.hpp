// Whether a certificate or a key is good now, by the CAs, revocation lists and times that it is compared
// with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ca/revocation_list.hpp"
#include "ssh/trusted_authorities.hpp"
#include "ui/describe.hpp"

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

/// "web1", "web1:2222", "[web1]:2222", "[2001:db8::1]:22", "2001:db8::1". @errors kUsage
Result<HostAsked> parse_host(const std::string& text);
/// As a known_hosts file has it: "web1", "[web1]:2222".
std::string known_hosts_name(const HostAsked& host);

/// What to compare with.
struct Measure {
  std::uint64_t now = 0;
  std::vector<KnownAuthority> authorities;  ///< none: any CA will do
  std::vector<RevocationList> lists;
  std::optional<Renewal> renewal;
};

/// The same as it was typed.
struct MeasureOptions {
  std::vector<std::string> authorities;  ///< files with CAs
  std::vector<std::string> lists;        ///< KRL files
  std::string expires_in;                ///< DURATION or PERCENT%; empty: not asked for
};

/// @errors kUsage (--expires-in) · as reading the files of --ca and --krl
Result<Measure> read_measure(const MeasureOptions& options, std::uint64_t now);

struct Problem {
  std::string_view code;      ///< stable, for --json
  std::string text;           ///< safe for a terminal
  bool only_checked = false;  ///< of time or content: the answer is no only with --check
};

struct Judgement {
  const KnownAuthority* authority = nullptr;
  bool other_hosts = false;  ///< the CA is known, but not for the host that was asked
  const RevocationList* list = nullptr;
  ssh::Revocation revocation{};     ///< if there is a list
  const HostAsked* host = nullptr;  ///< the server that was asked
  bool names_host = false;          ///< the certificate does
  std::string weak_key{};           ///< whose key anybody can use, and why; safe for a terminal
  std::vector<Problem> problems{};
};

Judgement judge(const Measure& measure, const ui::Described& described, const HostAsked* host = nullptr);
Judgement judge(const Measure& measure, const ssh::PublicKey& key);

/// See crypto::check_public_key(), which takes longer than verifying a signature. @param whose "its key"
void judge_key(const ssh::PublicKey& key, std::string_view whose, Judgement& out);

/// Rows for ui::to_text(): of a certificate all of them, of a key whether it is revoked or weak.
std::string judgement_rows(const Measure& measure, const Judgement& judgement, std::uint64_t serial);
std::string key_rows(const Measure& measure, const Judgement& judgement, std::uint64_t serial = 0);
/// Members after those of ui::to_json(), likewise.
void add_judgement(ui::Json& json, const Measure& measure, const Judgement& judgement);
void add_key_judgement(ui::Json& json, const Measure& measure, const Judgement& judgement);

/// "its serial, 5, among 1-10 in a range" and so on.
std::string revocation_words(const ssh::Revocation& revocation, std::uint64_t serial);
/// "serial-list", "key-id", …, stable.
std::string_view revocation_code(ssh::RevokedBy by);

}  // namespace halligan::ca
