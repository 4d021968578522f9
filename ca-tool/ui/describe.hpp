// A certificate, a public key or a handle in words and in JSON. Everything shown comes from one description.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec.hpp"
#include "base/error.hpp"
#include "crypto/verify.hpp"
#include "ssh/certificate.hpp"
#include "ssh/findings.hpp"
#include "ssh/key_file.hpp"
#include "ui/json.hpp"
#include "ui/screen.hpp"

namespace halligan::ui {

enum class Place { kFile, kAgent, kServer };

/// Where something was found.
struct Origin {
  std::string file;      ///< or an agent's socket, or a server
  std::size_t line = 0;  ///< from 1; 0 where there are no lines
  std::string comment{};
  std::string entry{};  ///< what precedes it in its line: options, hosts, principals
  Place place = Place::kFile;
  bool encrypted = false;  ///< a key file whose private half is encrypted with a passphrase

  Origin(std::string path, std::size_t number, std::string text = {})
      : file(std::move(path)), line(number), comment(std::move(text)) {}
  // NOLINTBEGIN(google-explicit-constructor): a file is an origin
  Origin(std::string path) : file(std::move(path)) {}
  Origin(const char* path) : file(path) {}
  // NOLINTEND(google-explicit-constructor)
};

/// What is to be known of a certificate at one time.
struct Described {
  ssh::Certificate certificate;
  std::uint64_t now;                  ///< Unix seconds
  Result<crypto::Verified> verified;  ///< the CA's signature, or why it does not verify
  std::vector<ssh::Finding> findings;

  bool valid_now() const;
};

Described describe(ssh::Certificate certificate, std::uint64_t now);
/// With what verifying the CA's signature gave.
Described describe(ssh::Certificate certificate, std::uint64_t now, Result<crypto::Verified> verified);

/// Rows "Name        value", 80 columns where the values allow it, safe for a terminal.
/// @param more rows that go before the findings
std::string to_text(const Described& described, const Origin& origin, std::string_view more = {});
/// Without saying where it was found.
std::string to_text(const Described& described);
Json to_json(const Described& described, const Origin& origin);

/// The ssh-agent that holds a certificate with its key, in the place of a file.
struct HeldBy {
  std::string agent;       ///< its socket
  std::uint32_t lifetime;  ///< seconds, then it forgets both
  bool confirm;            ///< it asks before each use
};
std::string held_row(const HeldBy& held);
Json to_json(const Described& described, const HeldBy& held);

std::string to_text(const ssh::PublicKey& key, const Origin& origin);
Json to_json(const ssh::PublicKey& key, const Origin& origin);

/// @param more rows that go before the handle's own
std::string to_text(const ssh::SkHandle& handle, const Origin& origin, std::string_view more = {});
Json to_json(const ssh::SkHandle& handle, const Origin& origin);

/// What every report begins with: the place, the line and the kind.
std::string origin_rows(const Origin& origin);
Json origin_json(const Origin& origin, std::string_view kind);
/// Type, bits, fingerprint; of a security key the application.
Json key_json(const ssh::PublicKey& key);

/// A row of to_text(). What one_line() escapes in the value is escaped: no value makes a second row.
/// @param tone of the value
std::string text_row(std::string_view name, std::string_view value, Tone tone = Tone::kPlain);
/// The same for a value that somebody else wrote: it goes on below itself before a terminal of 80 columns
/// would break it, so that no part of it is where rows begin. @param indent columns that are put in front of
/// each line
std::string foreign_row(std::string_view name, std::string_view value, Tone tone = Tone::kPlain,
                        std::size_t indent = 0);
std::string key_words(const ssh::PublicKey& key);
/// Local time and UTC; "always", "forever".
std::string moment_words(std::uint64_t time);

/// Objects with name and value.
Json options_json(const ssh::CertificateOptions& options);

/// How long it is valid, in a row; and a row for each finding.
std::string validity_row(const Described& described);
std::string finding_rows(std::span<const ssh::Finding> findings);

/// "3 days": rounded down to what a person wants to know.
std::string duration_words(std::uint64_t seconds);

Tone tone_of(ssh::Severity severity);
/// "note", "warning", "refused".
std::string_view severity_word(ssh::Severity severity);

/// Names for a line of text: "root, admin".
std::string joined(const std::vector<std::string>& names);

}  // namespace halligan::ui
