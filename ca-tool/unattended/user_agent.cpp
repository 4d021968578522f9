#include "unattended/user_agent.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "crypto/verify.hpp"
#include "io/unix_socket.hpp"
#include "ssh/agent.hpp"
#include "unattended/kept_agent.hpp"

namespace halligan::unattended {
namespace {

constexpr const char* kStart = "start one that lasts: halligan env --start";
// In front of the random bytes: nothing else that is signed begins so.
constexpr std::string_view kChallenge = "halligan: is this key unlocked?";
constexpr std::size_t kChallengeSize = 32;

}  // namespace

bool is_meant(const ssh::PublicKey& key, const std::vector<std::string>& names) {
  return names.empty() || std::ranges::any_of(names, [&](const std::string& name) {
           return key.application() == name || key.application() == std::string(kSshPrefix) + name ||
                  crypto::fingerprint(key) == name;
         });
}

Result<UserAgent> UserAgent::find(const std::string& named) {
  std::string socket = named.empty() ? io::agent_socket() : named;
  // A job of cron is told of neither.
  if (socket.empty()) socket = agent_of_systemd();
  if (socket.empty()) socket = kept_agent();
  if (socket.empty()) return fail(Code::kUnreachable, "no ssh-agent: SSH_AUTH_SOCK is not set", kStart);
  HALLIGAN_CHECK(io::UnixSocket::connect(socket).in("no ssh-agent").hint(kStart));
  return UserAgent(std::move(socket));
}

Result<Bytes> UserAgent::ask(ByteView message, std::chrono::milliseconds within) const {
  HALLIGAN_TRY(auto connection, io::UnixSocket::connect(socket_));
  return connection.ask(message, ssh::kMaxAgentMessage, within);
}

Result<std::vector<AddedKey>> UserAgent::added(const std::vector<std::string>& names) const {
  HALLIGAN_TRY(const Bytes answer, ask(ssh::agent_frame(ssh::agent_list_request()), kListWait));
  HALLIGAN_TRY(auto listed, ssh::parse_agent_list(answer));
  std::vector<AddedKey> keys;
  for (ssh::AgentKey& each : listed) {
    if (each.key.is_sk() && each.comment.starts_with(kMark) && is_meant(each.key, names))
      keys.push_back({std::move(each.key), each.comment.ends_with(kHeldMark)});
  }
  return keys;
}

Result<std::vector<ssh::PublicKey>> UserAgent::held(const std::vector<std::string>& names) const {
  HALLIGAN_TRY(auto found, added(names));
  std::vector<ssh::PublicKey> keys;
  for (AddedKey& each : found) keys.push_back(std::move(each.key));
  return keys;
}

Result<> UserAgent::add(const ssh::SkHandle& handle, const std::string& provider,
                        std::optional<std::uint32_t> lifetime) const {
  const std::string comment = std::string(kMark) + printable(handle.key.application()) +
                              (requires_pin(handle) ? std::string(kHeldMark) : "");
  HALLIGAN_TRY(const Bytes added,
               ask(ssh::agent_add_handle_frame(handle, comment, provider, lifetime), kSignWait));
  if (auto success = ssh::parse_agent_success(added); !success) {
    if (success.error().code != Code::kUnreachable) return success;
    // The one reason that is common: ssh-agent -P.
    return fail(Code::kUnreachable, "the ssh-agent refused a key of the library " + printable(provider),
                "use OpenSSH's agent, not locked (ssh-add -X), and started with: ssh-agent -P " +
                    shell_word(provider));
  }
  HALLIGAN_TRY(const auto keys, held({}));
  if (std::ranges::find(keys, handle.key) != keys.end()) return {};
  return fail(Code::kUnreachable, "the ssh-agent accepted a key, but does not list it",
              "use OpenSSH's agent");
}

Result<> UserAgent::remove(const ssh::PublicKey& key) const {
  const Bytes request = ssh::agent_frame(ssh::agent_remove_request(key.blob()));
  HALLIGAN_TRY(const Bytes removed, ask(request, kListWait));
  HALLIGAN_CHECK(ssh::parse_agent_success(removed));
  HALLIGAN_TRY(const auto keys, held({}));
  if (std::ranges::find(keys, key) == keys.end()) return {};
  return fail(Code::kUnreachable, "the ssh-agent says that it removed a key, and still lists it",
              "end that agent; pull the token until then");
}

Result<std::uint32_t> UserAgent::prove(const ssh::PublicKey& key, std::chrono::milliseconds within) const {
  Bytes challenge = to_bytes(as_bytes(kChallenge));
  HALLIGAN_TRY(const Bytes random, crypto::random_bytes(kChallengeSize));
  append(challenge, random);
  const Bytes request =
      ssh::agent_frame(ssh::agent_sign_request(key, challenge, ssh::default_algorithm(key.type())));
  HALLIGAN_TRY(const Bytes answer, ask(request, within));
  HALLIGAN_TRY(const ssh::Signature signature, ssh::parse_agent_signature(answer));
  HALLIGAN_TRY(const crypto::Verified verified,
               crypto::verify(key, challenge, signature).in("the ssh-agent does not sign with its key"));
  return verified.counter;
}

}  // namespace halligan::unattended
