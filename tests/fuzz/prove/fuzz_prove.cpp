// What comes from hosts and from other people's files before a host is trusted: greetings, known_hosts, lists
// of hosts, Ansible's inventories, files of canaries. The first byte says which.
#include <algorithm>

#include "base/codec.hpp"
#include "prove/answer.hpp"
#include "ssh/check.hpp"

using namespace halligan;

namespace {

// A greeting that is judged stays judged, however much more comes.
void check_greeting(std::string_view text) {
  const auto whole = prove::read_greeting(text, false);
  for (std::size_t size = 0; size < std::min<std::size_t>(text.size(), 64); ++size) {
    const auto part = prove::read_greeting(text.substr(0, size), false);
    demand(part == prove::Greeting::kIncomplete || part == whole);
  }
  demand(prove::read_greeting(text, true) != prove::Greeting::kIncomplete);
  (void)prove::is_too_many_failures(text);
}

// No key is known for a host for which no line has it.
void check_known_hosts(std::string_view text) {
  const auto known = prove::parse_known_hosts(text);
  for (const auto& each : known) {
    demand(each.patterns.empty() != each.salt.empty() || each.patterns.empty());
    (void)each.matches("web1", 22);
    (void)each.matches("web1", 2222);
  }
  for (const std::string& name : prove::named_hosts(known))
    demand(name.find_first_of("*?!,|") == std::string::npos);
}

void check_targets(const std::vector<prove::Target>& targets) {
  for (const auto& each : targets) {
    demand(!each.host.empty() && each.host.size() <= 255 && each.host.front() != '-' && each.port != 0);
    demand(!plays_tricks(each.host));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = as_text({data + 1, size - 1});
  switch (data[0] % 5) {
    case 0:
      check_greeting(text);
      break;
    case 1:
      check_known_hosts(text);
      break;
    case 2:
      if (const auto found = prove::parse_host_list(text)) check_targets(*found);
      break;
    case 3:
      if (const auto found = prove::parse_inventory(text)) check_targets(*found);
      break;
    default:
      if (const auto found = prove::parse_canaries(text)) {
        for (const auto& each : *found) demand(crypto::is_canary(each.certificate.body));
        const auto again = prove::parse_canaries(prove::format_canaries(*found));
        demand(again && again->size() == found->size());
      }
  }
  return 0;
}
