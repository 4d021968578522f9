#include "issue/agent_store.hpp"

#include <algorithm>
#include <filesystem>

#include "crypto/key_pair.hpp"
#include "crypto/random.hpp"
#include "io/clock.hpp"
#include "io/unix_socket.hpp"
#include "ssh/agent.hpp"

namespace halligan::issue {
namespace {

constexpr std::chrono::seconds kTrialWait{3};
constexpr std::chrono::seconds kAddWait{120};  // the agent may be waiting for a touch of another key
constexpr std::uint32_t kTrialSeconds = 10;
constexpr const char* kOtherAgent =
    "unlock it (ssh-add -X), start OpenSSH's agent (eval $(ssh-agent)), or log in with --ssh HOST";

// By the name that gpg-agent gives it; SSH_AUTH_SOCK may be a link to it. Under another name the trial
// detects it, and leaves a throwaway key on that agent's disk.
struct Trial {
  ssh::PrivateKey key;
  ssh::Certificate certificate;
};

bool is_gnupg(const std::string& socket) {
  std::error_code unknown;
  const auto real = std::filesystem::weakly_canonical(socket, unknown);
  return (unknown ? std::filesystem::path(socket) : real).filename() == "S.gpg-agent.ssh";
}

// By a CA that nobody trusts, whose key is discarded at once.
Result<Trial> make_trial() {
  HALLIGAN_TRY(auto key, crypto::generate_key(ssh::KeyType::kEd25519));
  HALLIGAN_TRY(const auto authority, crypto::generate_key(ssh::KeyType::kEd25519));
  ssh::CertificateBody body{.subject = key.key, .ca = authority.key};
  HALLIGAN_TRY(body.nonce, crypto::random_bytes(ssh::kNonceSize));
  body.key_id = "halligan: testing this agent";
  body.principals = {"nobody"};
  body.valid_after = 1;
  body.valid_before = 2;
  HALLIGAN_TRY(auto signature, crypto::sign(authority, ssh::to_be_signed(body)));
  return Trial{std::move(key), {std::move(body), std::move(signature)}};
}

Result<Bytes> ask(const AgentStore& agent, ByteView frame, std::chrono::seconds wait) {
  HALLIGAN_TRY(auto connection, io::UnixSocket::connect(agent.socket));
  return connection.ask(frame, ssh::kMaxAgentMessage, wait);
}

Result<> hold(const AgentStore& agent, const ssh::PrivateKey& key, const ssh::Certificate& certificate,
              std::uint32_t lifetime, std::chrono::seconds wait) {
  HALLIGAN_TRY(const KeyText frame, ssh::agent_add_frame(key, certificate, certificate.body.key_id,
                                                         {.lifetime = lifetime, .confirm = agent.confirm}));
  HALLIGAN_TRY(const Bytes added, ask(agent, frame.view(), wait));
  auto success = ssh::parse_agent_success(added);
  if (!success && success.error().code == Code::kUnreachable)
    return fail(Code::kUnreachable, "ssh-agent refused a key with a certificate and a lifetime", kOtherAgent);
  HALLIGAN_CHECK(std::move(success));
  HALLIGAN_TRY(const Bytes listed, ask(agent, ssh::agent_frame(ssh::agent_list_request()), wait));
  HALLIGAN_TRY(const bool there, ssh::agent_lists(listed, ssh::encode(certificate)));
  if (there) return {};
  return fail(Code::kUnreachable, "ssh-agent accepted the certificate, but does not list it", kOtherAgent);
}

}  // namespace

std::uint32_t seconds_left(const ssh::CertificateBody& body, std::uint64_t unix_milliseconds) {
  if (body.valid_before <= unix_milliseconds / 1000) return 0;
  // A second that has begun does not count. No product, which could overflow.
  const std::uint64_t whole = body.valid_before - unix_milliseconds / 1000 - (unix_milliseconds % 1000 != 0);
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(whole, 1, UINT32_MAX));
}

Result<> AgentStore::try_out() const {
  if (socket.empty()) {
    return fail(Code::kUnreachable, "no ssh-agent: SSH_AUTH_SOCK is not set",
                "start one (eval $(ssh-agent)), or log in with --ssh HOST");
  }
  if (is_gnupg(socket)) {
    return fail(Code::kUnreachable,
                "the agent is GnuPG's, which would discard the certificate and keep the key on disk",
                "start OpenSSH's agent (eval $(ssh-agent)), or log in with --ssh HOST");
  }
  HALLIGAN_TRY(const Bytes listed, ask(*this, ssh::agent_frame(ssh::agent_list_request()), kTrialWait));
  HALLIGAN_CHECK(ssh::agent_lists(listed, {}));
  HALLIGAN_TRY(const Trial trial, make_trial());
  HALLIGAN_CHECK(hold(*this, trial.key, trial.certificate, kTrialSeconds, kTrialWait));
  const Bytes blob = ssh::encode(trial.certificate);
  HALLIGAN_TRY(const Bytes removed,
               ask(*this, ssh::agent_frame(ssh::agent_remove_request(blob)), kTrialWait));
  return ssh::parse_agent_success(removed);
}

Result<std::uint32_t> AgentStore::add(const ssh::PrivateKey& key, const ssh::Certificate& certificate) const {
  const std::uint32_t lifetime = seconds_left(certificate.body, io::unix_milliseconds());
  if (lifetime == 0) return fail(Code::kNo, "the certificate has expired", "mint a longer one: -V -5m:+60m");
  HALLIGAN_CHECK(hold(*this, key, certificate, lifetime, kAddWait));
  return lifetime;
}

}  // namespace halligan::issue
