// The running ssh-agent, and whether it loads the provider.
#include <filesystem>

#include "base/codec.hpp"
#include "doctor/checks.hpp"
#include "io/unix_socket.hpp"
#include "unattended/unlock.hpp"
#include "unattended/user_agent.hpp"

namespace halligan::doctor {
namespace {

constexpr std::string_view kTried = "ssh:halligan doctor";
constexpr std::uint32_t kForgotten = 5;  // seconds, should the agent not remove it
constexpr std::size_t kPointSize = 32;

// How to start one that loads the library, if there is one.
std::string start(const Result<std::string>& found) {
  if (!found) return "eval \"$(ssh-agent -s)\"";
  const std::string& library = *found;
  return "eval \"$(ssh-agent -s -P " +
         shell_word(std::filesystem::path(library).parent_path().string() + "/*") + ")\"";
}

}  // namespace

Finding check_agent(const DoctorOptions&) {
  constexpr std::string_view kName = "agent";
  const auto agent = unattended::UserAgent::find({});
  // mint needs none.
  if (!agent && io::agent_socket().empty()) return {kName, Verdict::kUnknown, agent.error().message};
  const auto held = agent ? agent->held({}) : Result<std::vector<ssh::PublicKey>>(fail(agent.error()));
  if (!held)
    return {kName, Verdict::kWrong, printable(held.error().message), start(unattended::find_provider({}))};
  return {kName, Verdict::kFine, "answers at " + printable(agent->socket())};
}

// The agent's list of libraries cannot be asked for. So an identity of no token is added, which loads
// nothing, and removed again.
Finding check_agent_provider(const DoctorOptions&) {
  constexpr std::string_view kName = "library";
  const auto agent = unattended::UserAgent::find({});
  if (!agent || !agent->held({})) return {kName, Verdict::kUnknown, "no ssh-agent to ask"};
  const auto library = unattended::find_provider({});
  if (!library) return {kName, Verdict::kUnknown, printable(library.error().message)};
  const Bytes nothing(kPointSize, 0);
  auto key = ssh::PublicKey::make(ssh::KeyType::kSkEd25519, nothing, kTried);
  if (!key) return wrong(kName, key.error());
  const ssh::SkHandle handle{.key = *key, .key_handle = nothing};
  const auto added = agent->add(handle, *library, kForgotten);
  (void)agent->remove(*key);
  if (added) return {kName, Verdict::kFine, "the ssh-agent loads " + printable(*library)};
  return {kName, Verdict::kWrong, "the ssh-agent does not load " + printable(*library), start(library)};
}

}  // namespace halligan::doctor
