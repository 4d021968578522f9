"""Trust decisions, each broken in one place: what a test of ./check must notice.

A row: file, the text that stands in it exactly once, what takes its place, and the tests of ctest that look at it (a regular
expression). A row whose fifth member is a reason is equivalent: nothing that can be observed changes.
"""

POLICY, REQUEST, ISSUE = "ca-tool/ca/policy.cpp", "ca-tool/request/proof.cpp", "ca-tool/issue"
CHAIN, APPEND, OWNERS = "ca-tool/ledger/chain.cpp", "ca-tool/io/append_file.cpp", "ca-tool/io/ownership.cpp"
VERIFY, WEAK, JUDGE = "ca-tool/crypto/verify.cpp", "ca-tool/crypto/public_key.cpp", "ca-tool/ca/judgement.cpp"
SIGN, ENROLL, SELECT = ("sk-provider/fido/credential/sign.cpp", "sk-provider/fido/credential/enroll.cpp",
                        "sk-provider/fido/discovery/select.cpp")
CA = r"unit\.ca|cli\.policy|cli\.sign|cli\.mint$"
LEDGER = r"unit\.ca|cli\.ledger"
ATTEST = "ca-tool/attest"
JOBS, JOB = "ca-tool/unattended", r"unit\.ca|e2e\.unattended"
LOGGED = "ca-tool/drill/host_log.cpp"
TOKEN = r"contract|e2e\.odd|e2e\.several|e2e\.provider\.(keys|login)|e2e\.bad"

MUTANTS = [
    # policy
    (POLICY, "if (lifetime > most && !crypto::is_canary(body)) {", "if (lifetime > most + 1 && !crypto::is_canary(body)) {", CA),
    (POLICY, "body.valid_after - now > policy.valid_after_within", "body.valid_after - now >= policy.valid_after_within", CA),
    (POLICY, "if (body.valid_after + policy.clock_skew > now) {", "if (body.valid_after + policy.clock_skew >= now + 2) {", CA),
    (POLICY, "if (body.valid_before <= now + policy.clock_skew) {", "if (body.valid_before < now + policy.clock_skew) {", CA),
    (POLICY, "RE2::PartialMatch(body.key_id", "!RE2::PartialMatch(body.key_id", CA),
    (POLICY, "if (user && policy.principals && !among(*policy.principals, principal))", "if (false)", CA),
    (POLICY, "if (!user && policy.hosts && !matches_one(*policy.hosts, principal))", "if (false)", CA),
    (POLICY, "if (!allowed) return refused(\"extensions\"", "if (false) return refused(\"extensions\"", CA),
    (POLICY, "body.critical, \"verify-required\") != nullptr && !body.subject.is_sk()",
     "body.critical, \"verify-required\") != nullptr && body.subject.is_sk()", CA),
    (POLICY, "if (given != value) return refused", "if (false) return refused", CA),
    (POLICY, "if (policy.co_signers == 0) return {};", "return {};", r"unit\.ca|cli\.request|cli\.policy"),
    (POLICY, "if (!policy.verify_required || ca.is_sk()) return {};", "return {};", CA + r"|cli\.signers"),
    (POLICY, "if (verified.is_sk && !verified.user_present()) {", "if (false) {", CA + r"|cli\.signers"),
    (POLICY, "if (policy.verify_required && !(verified.is_sk && verified.user_verified())) {", "if (false) {", CA + r"|cli\.signers"),
    # requests
    (REQUEST, "if (request.proof.key != request.request.key) {", "if (false) {", r"unit\.ca|cli\.request"),
    (REQUEST, "if (made > now + kClockSkew) {", "if (made >= now + kClockSkew) {", r"unit\.ca|cli\.request"),
    (REQUEST, "if (made + max_age < now) {", "if (made + max_age + 1 < now) {", r"unit\.ca|cli\.request"),
    (REQUEST, "if (key.public_key() == request.request.key) {", "if (false) {", r"unit\.ca|cli\.request"),
    (REQUEST, "if (each.key == key.public_key()) return fail", "if (false) return fail", r"unit\.ca|cli\.request"),
    (REQUEST, "if (verified->is_sk && !verified->user_present()) return invalid", "if (false) return invalid", r"unit\.ca|cli\.request"),
    (REQUEST, "if (each.key == request.request.key) return invalid", "if (false) return invalid", r"unit\.ca|cli\.request",
     "the two checks after it refuse that key, too: it is in no list, or the requester's person"),
    (REQUEST, "if (persons.empty()) return invalid", "if (false) return invalid", r"unit\.ca|cli\.request"),
    (REQUEST, "if (requesters.contains(person)) return invalid", "if (false) return invalid", r"unit\.ca|cli\.request"),
    (REQUEST, "if (seen.insert(*persons.begin()).second) found", "found", r"unit\.ca|cli\.request"),
    ("ca-tool/request/format.cpp", "if (plays_tricks(text) || !is_utf8(as_bytes(text))) {", "if (!is_utf8(as_bytes(text))) {",
     r"unit\.ca|cli\.request|cli\.invisible"),
    ("ca-tool/request/format.cpp", "if (!seen.insert(name).second) {", "if (false) {", r"unit\.ca|cli\.request|fuzz"),
    # attestations
    (f"{ATTEST}/metadata.cpp", 'return status == "REVOKED" || status', "return status", r"cli\.attest"),
    (f"{ATTEST}/metadata.cpp", 'return hardware && !has(key_protection, "software");', "return hardware;", r"cli\.attest"),
    (f"{ATTEST}/statement.cpp", "if (!own || *own != noted.key)", "if (false)", r"cli\.attest"),
    (f"{ATTEST}/statement.cpp", "if (attester.aaguid && *attester.aaguid != statement.aaguid)", "if (false)", r"cli\.attest"),
    (f"{ATTEST}/statement.cpp", "if (statement.form != Form::kU2f) {", "if (true) {", r"cli\.attest"),
    (f"{ATTEST}/judgement.cpp", "if (findings.any_fault()) judgement.proven = Proven::kNothing;", "", r"cli\.attest"),
    (f"{ATTEST}/jws.cpp", "if (!verified) return fail(Code::kNo, verified.error().message);", "", r"cli\.attest"),
    ("ca-tool/crypto/x509.cpp", "if (!set || (!chain.host.empty() &&", "if (!set || (false && !chain.host.empty() &&", r"cli\.attest"),
    ("ca-tool/crypto/attester.cpp", "return ::X509_check_ca(certificate) != 0 ? \"is a CA's\" : \"\";", 'return "";', r"cli\.attest"),
    ("ca-tool/ledger/report/audit.cpp", "const bool same_words = words_of(terms, found) == document.words;", "const bool same_words = true;",
     r"cli\.ledger_attest"),
    # issuing
    (f"{ISSUE}/spec.cpp", "if (spec.serial == 0) {", "if (false) {", CA),
    (f"{ISSUE}/spec.cpp", "if (spec.validity.unbounded()) {", "if (false) {", CA + r"|cli\.renew"),
    (f"{ISSUE}/spec.cpp", "HALLIGAN_CHECK(check_visible(\"key ID\", spec.key_id));", "", r"cli\.invisible"),
    (f"{ISSUE}/spec.cpp", "for (const std::string& name : spec.principals) HALLIGAN_CHECK(check_visible(\"principal\", name));", "",
     r"cli\.invisible"),
    (f"{ISSUE}/spec.cpp", "if (subject == ca) return fail", "if (false) return fail", CA),
    (f"{ISSUE}/issuer.cpp", "if (plan.authority && *plan.authority != ca) {", "if (false) {", r"cli\.renew"),
    (f"{ISSUE}/sign_keys.cpp", "HALLIGAN_CHECK(crypto::verify_certificate(line.certificate).in(file));", "", r"cli\.renew"),
    (f"{ISSUE}/issuer.cpp", "return canaries ? Result<>{} : about(subject, crypto::check_public_key(subject.key));", "return {};", r"unit\.|cli\.sign|cli\.mint$"),
    (f"{ISSUE}/policy_check.cpp", "const bool matches = !binding.policy || binding.policy == policy.sha256;", "const bool matches = true;",
     r"unit\.ca|cli\.policy_binding"),
    (f"{ISSUE}/policy_check.cpp", "if (!without.empty()) return !binding.policy || !matches;", "if (!without.empty()) return false;",
     r"unit\.ca|cli\.policy_binding"),
    (f"{ISSUE}/counter_check.cpp", ": now <= before         ? CounterStep::kBack", ": now < before         ? CounterStep::kBack", LEDGER),
    (f"{ISSUE}/counter_check.cpp", ": now - before > 1      ? CounterStep::kAhead", ": now - before > 2      ? CounterStep::kAhead", LEDGER),
    (f"{ISSUE}/release.cpp", "if (reading.notice && reading.step != CounterStep::kBegins && rules_.policy.counter_strict) {", "if (false) {",
     LEDGER),
    (f"{ISSUE}/release.cpp", "if (!added) {", "if (false) {", LEDGER),
    (f"{ISSUE}/sign.cpp", "if (!verified) {", "if (false) {", r"unit\.ca|cli\.signers|cli\.mint$"),
    (f"{ISSUE}/sign.cpp", "if (auto good = ca::check_signature(policy, *verified); !good) {",
     "if (auto good = ca::check_signature(policy, *verified); false) {", CA + r"|cli\.signers"),
    # the ledger
    (CHAIN, "serial_of(record) <= serial_of(*issued_before_)", "serial_of(record) < serial_of(*issued_before_)", LEDGER),
    (CHAIN, "in_order_ = record.number == expected_;", "in_order_ = true;", LEDGER),
    (CHAIN, "if (record.previous == before_->hash) return;", "return;", LEDGER),
    (CHAIN, "} else if (!record.previous.empty()) {", "} else if (false) {", LEDGER),
    ("ca-tool/ledger/reconcile.cpp", "is_key(login.key, body.subject)) && login.key_id == body.key_id;", "is_key(login.key, body.subject));", r"unit\.ca|cli\.ledger_re"),
    ("ca-tool/ledger/text.cpp", "if (entry.error && ++damaged > kMostDamaged) {", "if (false) {", r"unit\.ca|cli\.ledger_file"),
    ("ca-tool/ledger/text.cpp", "entries[i] = parse_entry(lines[i]);", "entries[i] = parse_entry(lines[0]);", r"unit\.ca|cli\.ledger"),
    ("ca-tool/ledger/recorded.cpp", "verify_certificate(certificates[i].issued()", "verify_certificate(certificates[0].issued()", r"unit\.ca|cli\.ledger"),
    # files
    (APPEND, "if (written) written = check_in_place();", "", r"unit\.io|cli\.ledger"),
    (APPEND, "HALLIGAN_CHECK(check_in_place());", "", r"unit\.io|cli\.ledger"),
    (APPEND, "write_all(file_.get(), data) && sync_file(file_.get()) &&", "write_all(file_.get(), data) &&", r"unit\.io|cli\.ledger_crash"),
    (APPEND, "sync_file(file_.get()) && sync_folder(folder_.get());", "sync_file(file_.get());", r"unit\.io|cli\.ledger_crash"),
    (OWNERS, "if (!is_trusted(status.st_uid, folder)) {", "if (false) {", r"unit\.io|cli\.ledger_owner|cli\.configuration"),
    (OWNERS, "if ((status.st_mode & 022) != 0) {", "if ((status.st_mode & 020) != 0) {", r"unit\.io|cli\.ledger_owner|cli\.configuration"),
    (OWNERS, "((folder.st_mode & 022) == 0 || (folder.st_mode & S_ISVTX) != 0)", "true", r"unit\.io|cli\.ledger_owner"),
    # signatures and keys
    (VERIFY, "if (verified == 1) return {};", "if (verified != 0) return {};", r"unit\.crypto|oracle|cli\.inspect",
     "OpenSSL 3.0 answers 0 to every malformed signature; below 0 are its own failures, which no input brings about"),
    (VERIFY, "if (!ssh::is_supported(signature.algorithm)) {", "if (false) {", r"unit\.crypto|oracle|cli\.inspect"),
    (VERIFY, "if (!ssh::fits(signature.algorithm, key.type())) {", "if (false) {", r"unit\.crypto|oracle|cli\.inspect"),
    (WEAK, "if (has_small_order(coordinate))", "if (false)", r"unit\.crypto"),
    (WEAK, "if (!on_curve(coordinate)) return fail", "if (false) return fail", r"unit\.crypto"),
    (WEAK, "if (BN_cmp(y.get(), field().prime.get()) >= 0)", "if (BN_cmp(y.get(), field().prime.get()) > 0)", r"unit\.crypto"),
    (WEAK, "bytes.back() &= 0x7F;", "bytes.back() &= 0xFF;", r"unit\.crypto"),
    (JUDGE, "if (!described.verified) {", "if (false) {", r"unit\.ca|cli\.inspect"),
    (JUDGE, "judge_revoked(measure, certificate, certificate.body.serial, out);", "", r"unit\.ca|cli\.inspect"),
    (JUDGE, "} else if (now >= body.valid_before) {", "} else if (now > body.valid_before) {", r"unit\.ca|cli\.inspect"),
    # the provider
    (SIGN, "if (request.touch && (result.flags & kUserPresent) == 0) {", "if (false) {", TOKEN),
    (SIGN, "if (request.verify && (result.flags & kUserVerified) == 0) {", "if (false) {", TOKEN),
    (SIGN, "fido_assert_count(assert); count != 1)", "fido_assert_count(assert); count == 0)", TOKEN),
    (ENROLL, "(made->flags & kUserPresent) == 0", "false", TOKEN),
    (ENROLL, "verified && (made->flags & kUserVerified) == 0", "false", TOKEN),
    (ENROLL, "made->protection < protection_of(request)", "false", TOKEN),
    (ENROLL, "if (request.resident && !lists && (request.keep_undiscoverable || !request.overwrite)) {",
     "if (request.resident && !lists && request.keep_undiscoverable) {", TOKEN),
    (SELECT, "if (opened.holds) cache_holder", "cache_holder", TOKEN),
    ("sk-provider/fido/pin_rules.cpp", "if (code_points(pin->view()) < kShortestPin) {", "if (code_points(pin->view()) + 1 < kShortestPin) {",
     r"unit\.fido"),
    ("sk-provider/fido/pin_rules.cpp", "if (!pin || pin->size() > kLongestPin) {", "if (!pin || pin->size() > kLongestPin + 1) {", r"unit\.fido"),
    ("ca-tool/ssh/key_file.cpp", "if (padding[i] != i + 1) return fail", "if (false) return fail", r"unit\.ssh|fuzz"),
    ("ca-tool/ssh/key_file.cpp", "if (checkint != again) return fail", "if (false) return fail", r"unit\.ssh|fuzz"),
    # unattended
    (f"{JOBS}/user_agent.cpp", "crypto::verify(key, challenge, signature)", "Result<crypto::Verified>(crypto::Verified{})", JOB),
    (f"{JOBS}/user_agent.cpp", "append(challenge, random);", "(void)random;", JOB),
    (f"{JOBS}/user_agent.cpp", "each.comment.starts_with(kMark) && ", "", JOB),
    (f"{JOBS}/unlock.cpp", "if (names.empty() && is_ca(key, cas)) {", "if (!names.empty() && is_ca(key, cas)) {", JOB),
    (f"{JOBS}/unlock.cpp", "*info.pin_tries <= kFewTries && !force", "*info.pin_tries < kFewTries && !force", JOB),
    (f"{JOBS}/unlock.cpp", "if (info.replug_required) {", "if (false) {", JOB),
    # held PINs
    (f"{JOBS}/holder/holder.cpp", "if (!known) return", "if (false) return", r"e2e\.pin_holder"),
    (f"{JOBS}/holder/server.cpp", "peer.uid == ::geteuid()", "true", r"e2e\.pin_holder"),
    ("sk-provider/pin_holder/client.cpp", "|| peer.uid != ::geteuid()", "", r"e2e\.pin_holder"),
    (f"{JOBS}/check.cpp", "if (out.keys.empty() || !missing.empty()) return", "if (out.keys.empty()) return", JOB),
    ("ca-tool/io/unix_socket.cpp", "if (peer == Peer::kOurs && !connection.whose_.empty()) {", "if (false) {", JOB + r"|cli\.mint_agent"),
    # drills
    (LOGGED, "!logged.partial && same_end && ", "!logged.partial && ", r"e2e\.drill_log"),
    (LOGGED, "logged.serial == body.serial && ", "", r"e2e\.drill_log"),
    (LOGGED, "is_of(logged.authority, body.ca)", "true", r"e2e\.drill_log"),
    (LOGGED, "read.line->writer == ledger::Writer::kSshd", "true", r"e2e\.drill_log"),
    ("ca-tool/drill/signatures.cpp", '"halligan-drill-witness"', '"halligan-drill-operator"', r"e2e\.drill_sign"),
    ("ca-tool/drill/versions.cpp", "major_version(asked.then) != major_version(asked.now)", "false", r"e2e\.drill_versions"),
]
