// Drills on record, and what hosts say of their logins. The first byte says whether the rest is a file, the
// body of one record (a sum is put on it, which no mutation would get right), or a log.
#include "base/codec.hpp"
#include "drill/host_log.hpp"
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
  for (const std::string& text : {each.witness, each.key_id, each.approval, each.broken_off})
    demand(!plays_tricks(text));
  for (const drill::DrilledHost& host : each.hosts) demand(!host.log || !plays_tricks(host.log->line));
  // Our own colours are dropped where there is no terminal; what else begins with an escape stays.
  demand(ui::for_stream(drill::to_text(drill::SignedDrill{each}), -1).find('\x1b') == std::string::npos);
  drill::Status status;
  status.last = each;
  const std::string page = drill::to_html({{each}}, status, 0);
  demand(page.find("<script") == std::string::npos && page.find("<img") == std::string::npos);
}

const ssh::PublicKey& key() {
  static const ssh::PublicKey parsed =
      ssh::parse_public_key_line(
          "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM3XQODzGMaiLlMkO+uq7q9Oj4ugEy2+mXIoz9ErK8/f")
          ->key;
  return parsed;
}

// A line that counts has all that makes it that of the login, and nothing that deceives.
void check_log(std::string_view log) {
  ssh::Certificate certificate{{.subject = key(), .ca = key()}, {}};
  certificate.body.serial = 4711;
  certificate.body.key_id = "drill (quarterly): ann";
  const drill::FoundLine found =
      drill::find_login(log, certificate, {"root", ledger::Peer{"192.0.2.1", "50000"}}, 1'800'000'000);
  demand(found.line.empty() != found.why.empty());
  if (found.line.empty()) return;
  for (const std::string_view part : {"Accepted publickey for root from 192.0.2.1 port 50000 ssh2: ",
                                      " ID drill (quarterly): ann (serial 4711) CA "})
    demand(found.line.find(part) != std::string::npos && log.find("4711") != std::string_view::npos);
  demand(found.line.size() <= drill::kLongestText && !plays_tricks(found.line));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = as_text({data + 1, size - 1});
  if (data[0] % 3 == 2) {
    check_log(text);
  } else if (data[0] % 3 == 0) {
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
