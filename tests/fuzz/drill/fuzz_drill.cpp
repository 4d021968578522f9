// Drills on record. The first byte says whether the rest is a file, or the body of one record: a sum is put
// on it, which no mutation would get right.
#include "base/codec.hpp"
#include "drill/report.hpp"
#include "ledger/record.hpp"
#include "ssh/check.hpp"
#include "ui/screen.hpp"

using namespace halligan;
using ledger::drills::format_drill;
using ledger::drills::parse_drill;
using ledger::drills::parse_drills;

namespace {

// What is accepted has one form, and nothing in it deceives who reads it.
void check_drill(const drill::Drill& each) {
  demand(format_drill(*parse_drill(format_drill(each))) == format_drill(each));
  for (const std::string& text : {each.witness, each.key_id, each.approval}) demand(!plays_tricks(text));
  // Our own colours are dropped where there is no terminal; what else begins with an escape stays.
  demand(ui::for_stream(drill::to_text(each), -1).find('\x1b') == std::string::npos);
  drill::Status status;
  status.last = each;
  const std::string page = drill::to_html({each}, status, 0);
  demand(page.find("<script") == std::string::npos && page.find("<img") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = as_text({data + 1, size - 1});
  if (data[0] % 2 == 0) {
    if (const auto drills = parse_drills(text)) {
      for (const drill::Drill& each : *drills) check_drill(each);
    }
  } else if (text.ends_with('}')) {
    const std::string line = ledger::seal_record(text);
    if (const auto one = parse_drill(line)) {
      demand(format_drill(*one) == line);
      check_drill(*one);
    }
  }
  return 0;
}
