// What comes out of age when somebody hands something over: an archive of known files in one form, or
// nothing.
#include "base/bytes.hpp"
#include "handoff/bundle.hpp"

#include <cstdlib>

using namespace halligan;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const std::vector<std::string_view> names{"handoff/README", "handoff/emergency"};
  if (const auto archive = handoff::parse_ustar(input, names); archive) {
    const std::vector<handoff::ArchiveMember> members{{names[0], archive->contents[0]},
                                                      {names[1], archive->contents[1]}};
    const auto again = std::make_unique<handoff::ArchiveText>();
    if (handoff::write_ustar(members, archive->time, *again) && !same(again->view(), input)) std::abort();
  }
  if (const auto bundle = handoff::parse_bundle(input); bundle) {
    const auto again = std::make_unique<handoff::ArchiveText>();
    if (!handoff::write_bundle(**bundle, *again) || !same(again->view(), input)) std::abort();
    for (const std::string& line : handoff::login_lines(**bundle)) {
      if (line.find_first_of("$`;&|<>()\\\"'\n") != std::string::npos) std::abort();
    }
  }
  return 0;
}
