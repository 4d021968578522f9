// A request, as bytes and as the text that mail and chat carry.
#include "check.hpp"
#include "ssh/request.hpp"

using namespace halligan;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (const auto request = ssh::parse_request({data, size}); request) {
    demand(same(ssh::encode(*request), {data, size}));
    demand(ssh::check_request(request->request).has_value());
    const auto again = ssh::parse_request_text(ssh::format_request(*request));
    demand(again && *again == *request);
  }
  if (const auto request = ssh::parse_request_text(as_text({data, size})); request) {
    const auto again = ssh::parse_request(ssh::encode(*request));
    demand(again && *again == *request);
  }
  return 0;
}
