// The certificates that a host is asked about before a change of it is kept. One that the host must refuse
// whatever is changed proves nothing: it is found before anything is changed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ssh/certificate.hpp"
#include "trust/plan.hpp"

namespace halligan::trust {

struct Canary {
  std::string file;
  ssh::Certificate certificate;
};

/// Nobody needs their private keys. Canaries of halligan prove that are to be revoked are left out: hosts
/// refuse them for good reason.
/// @param now Unix seconds
/// @errors as io::read_file() · kBadInput (a file without any; one that no host accepts: it is for hosts, its
/// CA's signature is bad, it is not valid now, sshd does not know a critical option of it)
Result<std::vector<Canary>> read_canaries(const std::vector<std::string>& files, std::uint64_t now);

/// What one account is to be asked about.
struct Question {
  std::string account;
  std::vector<const Canary*> canaries;  ///< of the span that was given; at least one
};

/// Those that name each of the accounts, once the plan is in force.
/// @param plan gets a refusal for each that the host would refuse even so, because its CA is not trusted, it
/// is revoked, the host's clock or the address speaks against it; and for an account without any
std::vector<Question> choose_canaries(const Facts& facts, const Wanted& wanted,
                                      const std::vector<Canary>& canaries, Plan& plan);

}  // namespace halligan::trust
