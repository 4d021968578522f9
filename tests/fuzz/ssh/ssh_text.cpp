// What people type: -V, durations, -O letters (one a line) and source-address lists. The first byte chooses.
#include <cstdlib>
#include <ctime>

#include "check.hpp"
#include "ssh/certificate.hpp"
#include "ssh/options.hpp"
#include "ssh/validity.hpp"

using namespace halligan;

namespace {

constexpr std::uint64_t kNow = 1767225630;

void options(ssh::CertificateType type, std::string_view text) {
  std::vector<std::string> letters;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    letters.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const auto set = ssh::parse_options(type, letters);
  if (!set) {
    demand(set.error().code == Code::kUsage);
    return;
  }
  for (const auto* list : {&set->critical, &set->extensions}) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      demand(i == 0 || (*list)[i - 1].name < (*list)[i].name);
      demand(ssh::option_value((*list)[i]).has_value());
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int zone = ::setenv("TZ", "America/New_York", 1);
  demand(zone == 0);
  if (size == 0) return 0;
  const std::string_view text = as_text({data + 1, size - 1});
  switch (data[0] % 5) {
    case 0:
      if (const auto validity = ssh::parse_validity(text, kNow); validity)
        demand(validity->after < validity->before);
      break;
    case 1:
      if (const auto seconds = ssh::parse_duration(text); seconds) demand(*seconds <= INT32_MAX);
      break;
    case 2:
      static_cast<void>(ssh::check_source_address(text));
      break;
    case 3:
      options(ssh::CertificateType::kUser, text);
      break;
    default:
      options(ssh::CertificateType::kHost, text);
      break;
  }
  return 0;
}
