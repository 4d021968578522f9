// What an agent answers; the signatures of ssh-keygen -Y; whose key is whose. The first byte says which.
#include "check.hpp"
#include "ssh/agent.hpp"
#include "ssh/allowed_signers.hpp"
#include "ssh/sshsig.hpp"

using namespace halligan;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView input(data + 1, size - 1);
  if (data[0] == 0) {
    if (const auto keys = ssh::parse_agent_list(input); keys) {
      demand(keys->size() <= input.size());
      for (const auto& each : *keys) demand(ssh::agent_lists(input, each.key.blob()).value());
    }
  } else if (data[0] == 4) {
    if (ssh::parse_agent_success(input)) demand(input.size() == 1);
  } else if (data[0] == 1) {
    if (const auto signature = ssh::parse_agent_signature(input); signature) {
      demand(input.size() == 5 + ssh::encode(*signature).size());
    }
  } else if (data[0] == 2) {
    if (const auto signature = ssh::parse_sshsig(input); signature)
      demand(same(ssh::encode(*signature), input));
  } else if (const auto signers = ssh::parse_allowed_signers(as_text(input), "halligan-co-sign@v1");
             signers) {
    demand(!signers->empty());
    for (const auto& each : *signers) demand(!each.person.empty());
  }
  return 0;
}
