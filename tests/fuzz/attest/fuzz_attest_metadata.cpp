// FIDO's metadata: the signed document, and its payload alone.
#include "attest/jws.hpp"
#include "attest/metadata.hpp"
#include "check.hpp"

using namespace halligan;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = as_text({data + 1, size - 1});
  if (data[0] == 0) {
    const auto jws = attest::parse_jws(text);
    if (!jws) return 0;
    demand(!jws->chain.empty() && text.starts_with(jws->signed_text));
    // Whoever signed it: no certificate is trusted.
    demand(!attest::verify_jws(*jws, {.trusted = {}, .time = 1'800'000'000, .host = "example.com"}));
    return 0;
  }
  attest::ModelId wanted;
  wanted.aaguid.fill(data[0]);
  const auto metadata = attest::read_metadata(text, wanted);
  if (metadata) demand(metadata->next_update.size() == 10);
  if (metadata && metadata->model) {
    demand(text.find("statusReports") != std::string_view::npos || text.find('\\') != std::string_view::npos);
    static_cast<void>(metadata->model->keeps_keys_in_hardware());
    static_cast<void>(metadata->model->certification());
  }
  return 0;
}
