#include "attest/command.hpp"

#include "attest/files.hpp"
#include "attest/jws.hpp"
#include "base/codec.hpp"
#include "ca/selection.hpp"
#include "io/clock.hpp"
#include "ssh/validity.hpp"

namespace halligan::attest {
namespace {

Result<std::string> file_of_ca(const AttestOptions& options) {
  ca::AuthorityOptions authority;
  authority.file = options.ca;
  authority.configuration = options.configuration;
  HALLIGAN_TRY(const ca::CaSelection selection, ca::select_ca(authority, {}));
  const bool by_name = options.ca.empty() || selection.configuration.has(options.ca);
  if (by_name && selection.configured) return selection.configured->public_key->value;
  return options.ca.empty() ? "ca.pub" : options.ca;
}

Result<std::uint64_t> moment(const std::string& text) {
  const std::uint64_t now = io::unix_seconds();
  if (text.empty()) return now;
  HALLIGAN_TRY(const auto parsed, ssh::parse_validity("always:" + text, now).in("--at"));
  if (parsed.before == UINT64_MAX) return fail(Code::kUsage, "--at: expected a time");
  return parsed.before;
}

// Who signed them is verified before anything in them is read.
Result<Metadata> trusted_metadata(const AttestOptions& options, const ModelId& wanted, std::uint64_t now) {
  HALLIGAN_TRY(const auto roots, read_roots(options.metadata_root).in("--metadata-root"));
  HALLIGAN_TRY(const Bytes text, read_metadata_file(options.metadata).in("--metadata"));
  HALLIGAN_TRY(const Jws jws, parse_jws(as_text(text)).in(printable(options.metadata)));
  HALLIGAN_CHECK(
      verify_jws(jws, {.trusted = roots, .time = now, .host = options.metadata_signer})
          .in(printable(options.metadata))
          .hint(Code::kNo, "get the newest from its publisher, and check the root by another way"));
  return read_metadata(as_text(jws.payload), wanted).in(printable(options.metadata));
}

Result<int> run(const AttestOptions& options) {
  HALLIGAN_TRY(const Attested attested, attest(options));
  HALLIGAN_CHECK(report(attested, options.output.json));
  return attested.judgement.proven == Proven::kHardware ? 0 : 1;
}

void declare(command::Flags& flags, AttestOptions& options) {
  flags.option("CA", {}, options.ca,
               "ca.pub, a handle, or a CA of the configuration (else: its CA, or ./ca.pub)");
  flags.option("--attestation", "FILE", options.attestation, "as kept by ssh-keygen (else: ca.attestation)");
  flags.option("--challenge", "FILE", options.challenge, "that the attestation signs (else: of ca.json)");
  flags.option("--roots", "PATH", options.roots,
               "makers' certificates that you trust: a PEM file or a folder");
  flags.option("--metadata", "FILE", options.metadata, "FIDO metadata (the signed blob)")
      .with("metadata-root");
  flags.option("--metadata-root", "PATH", options.metadata_root, "certificates that you trust for it, in PEM")
      .with("metadata");
  flags
      .option("--metadata-signer", "NAME", options.metadata_signer,
              "the host that its signer's certificate is for")
      .with("metadata");
  flags.option("--at", "TIME", options.at, "judge the metadata as of then (else: now)");
  ca::declare_configuration(flags, options.configuration);
  ui::declare_json(flags, options.output);
}

}  // namespace

Result<Attested> attest(const AttestOptions& options) {
  HALLIGAN_TRY(const std::uint64_t now, moment(options.at));
  HALLIGAN_TRY(const std::string authority, file_of_ca(options));
  HALLIGAN_TRY(const Kept kept, read_kept({authority, options.attestation, options.challenge}));
  Attested attested{.key = kept.noted.key, .made = kept.created.value_or(now)};
  Findings& findings = attested.findings;
  if (!kept.attestation.signature.empty()) {
    HALLIGAN_TRY(attested.statement, check_statement(kept.attestation, kept.noted, findings));
  }
  const Statement& statement = attested.statement;
  Trust trust{.roots_given = !options.roots.empty(), .made = attested.made, .now = now};
  if (trust.roots_given) {
    HALLIGAN_TRY(trust.roots, read_roots(options.roots).in("--roots"));
  }
  if (!options.metadata.empty()) {
    ModelId wanted{.aaguid = statement.aaguid};
    if (statement.attester) wanted.key_identifier = statement.attester->key_identifier;
    HALLIGAN_TRY(trust.metadata, trusted_metadata(options, wanted, now));
    attested.metadata = trust.metadata;
  }
  HALLIGAN_TRY(attested.judgement, judge(statement, trust, findings));
  return attested;
}

command::Command attest_command() {
  return command::make(
      "attest", "say what the attestation of a CA's key proves", run, declare,
      {.notes = "Without the token and without the network. No root is built in: you say whom to\n"
                "trust, by --roots, --metadata or both; then each of them must hold.\n"
                "Exit status 0: made in hardware that does not give the key out. 1: not proven.",
       .examples = {"halligan ca attest ca-a/ca.pub --metadata blob.jwt --metadata-root root-r3.pem"}});
}

}  // namespace halligan::attest
