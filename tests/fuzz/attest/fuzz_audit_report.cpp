// An audit report. The first byte says whether the rest is a file, its terms, or a log that it is made of: no
// mutation would get the sums of a file right.
#include "check.hpp"
#include "ledger/report/audit.hpp"

using namespace halligan;
using namespace halligan::ledger::report;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = as_text({data + 1, size - 1});
  if (data[0] == 0) {
    const auto document = parse_document(text);
    if (!document) return 0;
    demand(format_document(*document) == text);
    const auto derived = derive_again(*document);
    demand(!derived || !derived->compared.empty());
  } else if (data[0] == 1) {
    const auto terms = parse_terms(text);
    if (terms) demand(format_terms(*terms) == text);
  } else {
    const Terms terms{.to = 1'800'000'000};
    const auto lines = lines_that_count(text, terms);
    if (!lines) return 0;
    demand(lines->empty() || lines->back() == '\n');
  }
  return 0;
}
