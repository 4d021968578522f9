// halligan ca attest: what the attestation of a CA's key proves.
#pragma once

#include <optional>
#include <string>

#include "attest/judgement.hpp"
#include "command/declaration.hpp"
#include "ui/output.hpp"

namespace halligan::attest {

struct AttestOptions {
  ui::OutputOptions output;
  std::string ca;  ///< file, or the name of a configured CA; empty: the configuration's, else ./ca.pub
  std::string configuration;
  std::string attestation;
  std::string challenge;
  std::string roots;
  std::string metadata;
  std::string metadata_root;
  std::string metadata_signer = "mds.fidoalliance.org";
  std::string at;
};

/// Everything that is reported.
struct Attested {
  ssh::PublicKey key;
  Statement statement{};
  std::uint64_t made;                  ///< the time at which certificates were judged
  std::optional<Metadata> metadata{};  ///< verified
  Judgement judgement{};
  Findings findings{};
};

/// @errors as read_kept(), read_roots(), parse_jws(), verify_jws(), read_metadata(), check_statement()
Result<Attested> attest(const AttestOptions& options);

/// Rows, or with --json one object, on stdout.
Result<> report(const Attested& attested, bool json);

/// "attest", for halligan ca
command::Command attest_command();

}  // namespace halligan::attest
