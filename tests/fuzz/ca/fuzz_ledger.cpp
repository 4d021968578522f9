// A ledger file, and what all readers of it do with it. No fuzzer finds a SHA-256: what looks like the body
// of a record is sealed, and bound to the line before where it has an empty "prev", before it is parsed.
#include <cstdlib>
#include <string>

#include "ledger/reconcile.hpp"
#include "ledger/verify.hpp"

using namespace halligan;

namespace {

void demand(bool holds) {
  if (!holds) std::abort();
}

std::string bound(std::string body, const std::string& before) {
  constexpr std::string_view kUnbound = R"("prev":"")";
  const auto at = body.find(kUnbound);
  if (at != std::string::npos && !before.empty()) body.insert(at + kUnbound.size() - 1, before);
  return body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = as_text({data, size});
  std::string text;
  std::string before;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    std::string line(rest.substr(0, end));
    if (line.size() > 1 && line.front() == '{' && line.back() == '}')
      line = ledger::seal_record(bound(line, before));
    before = ledger::record_hash(line);
    if (const auto record = ledger::parse_record(line); record)
      demand(ledger::format_record(*record) == line);
    text += line;
    if (end == std::string_view::npos) break;
    text += '\n';
    rest.remove_prefix(end + 1);
  }
  const auto ledger = ledger::parse_ledger(text);
  if (!ledger) return 0;
  std::string again;
  for (const ledger::Chain& chain : ledger->chains) {
    demand(!chain.entries.empty());
    for (const ledger::Entry& entry : chain.entries) again += entry.line + "\n";
  }
  demand(again + ledger->torn == text);
  const auto chains = ledger::unite(ledger->chains);
  if (!chains) return 0;
  const auto verdict = ledger::verify_ledger(*chains, {});
  for (const auto& finding : verdict.findings) {
    demand(!finding.kind.code.empty() && !finding.text.empty());
  }
  ledger::Reconciliation(*chains, {}, 10).findings();
  return 0;
}
