// What a kit is read back from: m its list of sums, a a file of addresses, s the steps of a runbook.
#include "base/codec.hpp"
#include "check.hpp"
#include "kit/hosts.hpp"
#include "kit/manifest.hpp"
#include "kit/steps.hpp"

using namespace halligan;

namespace {

void read_sums(std::string_view text) {
  const auto lines = kit::parse_manifest(text);
  if (!lines) return;
  demand(kit::format_manifest(*lines) == text);
  for (const kit::ManifestLine& each : *lines) demand(kit::is_stick_name(each.name));
}

void read_addresses(std::string_view text) {
  const auto lines = kit::parse_addresses(text);
  if (!lines) return;
  std::string again;
  for (const kit::AddressLine& each : *lines) {
    demand(kit::is_address(each.address) && !each.names.empty());
    again += each.address;
    for (const std::string& name : each.names) again += " " + name;
    again += "\n";
  }
  const auto same_lines = kit::parse_addresses(again);
  demand(same_lines && same_lines->size() == lines->size());
  for (std::size_t i = 0; i < lines->size(); ++i)
    demand((*lines)[i].address == (*same_lines)[i].address && (*lines)[i].names == (*same_lines)[i].names);
}

void read_steps(std::string_view text) {
  const auto document = runbook::parse_document(text, "fuzz");
  if (!document) return;
  const auto all = kit::needs_of_steps(*document, [](const std::string&) { return false; });
  const auto with_addresses = kit::needs_of_steps(*document, [](const std::string&) { return true; });
  demand(with_addresses.size() <= all.size());
  for (const kit::StepNeed& each : all) demand(printable(each.text) == each.text && each.line != 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = as_text(ByteView(data + 1, size - 1));
  if (data[0] == 'm') read_sums(text);
  if (data[0] == 'a') read_addresses(text);
  if (data[0] == 's') read_steps(text);
  return 0;
}
