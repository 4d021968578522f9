// A request, as bytes and as the text that mail and chat carry.
#include "check.hpp"
#include "request/format.hpp"

using namespace halligan;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (const auto request = request::parse_request({data, size}); request) {
    demand(same(request::encode(*request), {data, size}));
    demand(request::check_request(request->request).has_value());
    const auto again = request::parse_request_text(request::format_request(*request));
    demand(again && *again == *request);
  }
  if (const auto request = request::parse_request_text(as_text({data, size})); request) {
    const auto again = request::parse_request(request::encode(*request));
    demand(again && *again == *request);
  }
  return 0;
}
