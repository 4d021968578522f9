// A file of CAs, of which sshd reads the lines up to the first that it cannot read. Whatever is in it: a plan
// puts our CA where sshd reads it and keeps those of others, and the removal takes ours alone out again.
#include <algorithm>

#include "base/codec.hpp"
#include "trust/example.hpp"
#include "trust/plan.hpp"

using namespace halligan;
using namespace halligan::example;

namespace {

constexpr const char* kPath = "/etc/ssh/others.pub";

trust::Facts host_with(std::string_view file) {
  const std::string text =
      "halligan-trust-facts 1\nset uid 0\nset host web1\nset time 1795762957\nset from 192.0.2.1\n"
      "set daemon 7 ssh.service\nset daemon-config 7 /etc/ssh/sshd_config\nset checked 0\n"
      "set config /etc/ssh/sshd_config\nset version OpenSSH_9.2p1\nstat 644 0 0 0 1 1:1\nreal "
      "/etc/ssh/sshd_config\n" +
      block("file /etc/ssh/sshd_config", "TrustedUserCAKeys /etc/ssh/others.pub\nRevokedKeys /etc/ssh/r\n") +
      "stat 644 0 0 0 1 1:1\nreal /etc/ssh/r\n" + block("file /etc/ssh/r", "") +
      "stat 644 0 0 0 1 2:2\nreal /etc/ssh/others.pub\n" + block("file /etc/ssh/others.pub", file) +
      "set account root 0 yes root\nset home root /root\nset shell root /bin/sh\nset shadow root ok\n"
      "set aging root 19000 99999 - -\n" +
      block("effective root",
            std::string(kEffective) + "trustedusercakeys /etc/ssh/others.pub\nrevokedkeys /etc/ssh/r\n") +
      "end\n";
  auto facts = trust::parse_facts(text);
  demand(facts.has_value());
  return *std::move(facts);
}

trust::Wanted wanted() {
  trust::Wanted out{.authorities = {}, .accounts = {"root"}, .list = {}};
  out.authorities.push_back({certificate().body.ca, "ca"});
  return out;
}

bool has(const trust::ReadLines& read, const ssh::PublicKey& key) {
  return std::ranges::any_of(read.keys, [&](const auto& each) { return each.second == key; });
}

bool is_trusted(std::string_view file) {
  const explain::Login login{"root", "192.0.2.1", kNow};
  const auto found = explain::explain(host_with(file), {certificate().body.subject, certificate()}, login);
  demand(found.has_value());
  check_explanation(*found);
  return found->verdict != explain::Verdict::kNo;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const auto& ours = certificate().body.ca;
  const auto before = trust::read_ca_file(text);
  demand(before.stops <= text.size() && (before.line != 0 || before.stops == text.size()));
  for (const auto& [at, key] : before.keys) demand(at < before.stops);
  demand(is_trusted(text) == has(before, ours));

  auto plan = trust::plan_trust(host_with(text), wanted());
  demand(plan.refusals.empty());
  const trust::FileChange* const change = plan.change(kPath);
  demand(plan.changes.size() == (change != nullptr ? 1U : 0U) && (change == nullptr) == has(before, ours));
  const std::string next = change != nullptr ? change->text : std::string(text);
  const auto after = trust::read_ca_file(next);
  demand(has(after, ours) && is_trusted(next));
  for (const auto& [at, key] : before.keys) demand(has(after, key));
  demand(trust::plan_trust(host_with(next), wanted()).changes.empty());

  auto removal = trust::plan_removal(host_with(next), wanted());
  const trust::FileChange* const removed = removal.change(kPath);
  demand(removed != nullptr && !removed->config);
  const auto left = trust::read_ca_file(removed->text);
  demand(!has(left, ours) && !is_trusted(removed->text));
  for (const auto& [at, key] : before.keys) demand(key == ours || has(left, key));
  return 0;
}
