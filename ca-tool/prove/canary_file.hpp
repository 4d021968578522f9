// The file of canaries: a certificate a line, as in a -cert.pub file, of all CAs and accounts. Nothing in it
// is secret.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "crypto/canary.hpp"

namespace halligan::prove {

struct Canary {
  ssh::Certificate certificate;
  crypto::CanaryName name;  ///< what its key ID says
  std::string comment;      ///< of its line: the CA's name

  /// The CA in a few words: the comment, else the fingerprint.
  std::string authority() const;
};

/// Canaries alone: anything else in the file is an error, for it may be a certificate that can be used.
/// @errors kBadInput ("line 3: …": not a canary, its CA's signature is bad; none at all)
Result<std::vector<Canary>> parse_canaries(std::string_view text);
std::string format_canaries(const std::vector<Canary>& canaries);

/// Where canaries are without --canaries: the user's own file, for which the folder need not exist.
/// @errors kUsage (there is no home)
Result<std::string> own_canary_file();
/// Where they are read: the user's own file, else /etc/halligan/canaries.pub.
/// @errors as own_canary_file()
Result<std::string> usual_canary_file();

/// @errors as io::read_file(), parse_canaries()
Result<std::vector<Canary>> read_canaries(const std::string& file);

/// Put a canary in the place of the one that has the same CA, account and purpose, or at the end.
void put_canary(std::vector<Canary>& canaries, Canary canary);

/// Those of some accounts. @param accounts empty: all. @param now Unix seconds. Says which end soon.
/// @errors kNotFound (an account without a canary) · kBadInput (one that has expired, or is not valid yet)
Result<std::vector<Canary>> choose_canaries(std::vector<Canary> canaries,
                                            const std::vector<std::string>& accounts, std::uint64_t now);

}  // namespace halligan::prove
