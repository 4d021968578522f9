#include "ledger/ledger.hpp"

#include <algorithm>
#include <utility>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "io/clock.hpp"
#include "io/files.hpp"
#include "io/identity.hpp"
#include "io/parallel.hpp"
#include "ledger/chain.hpp"
#include "ledger/text.hpp"

namespace halligan::ledger {
namespace {

constexpr std::size_t kIdSize = 16;
constexpr const char* kDamaged = "run halligan ledger verify; start another ledger with --ledger FILE";

// What a crash can leave of the first record of all: a beginning of it, or the zeros of a block that was
// never written. Any other file without a newline is not ours to touch.
bool could_be_ours(std::string_view torn) {
  constexpr std::string_view kBeginning = R"({"n":0,"prev":"","time":)";
  const std::size_t both = std::min(torn.size(), kBeginning.size());
  return torn.substr(0, both) == kBeginning.substr(0, both) ||
         torn.find_first_not_of('\0') == std::string_view::npos;
}

// Larger, it could not be read again.
Failure full(const std::string& path) {
  return fail(Code::kBadInput,
              path + " is full: a ledger has at most " + std::to_string(kLargestLedger >> 20) + " MiB",
              "keep it for verify and reconcile, and begin another with --ledger FILE");
}

// A record that cannot be parsed again would block the ledger for good.
Result<> check_readable(const std::vector<std::string>& lines) {
  return io::try_in_parallel(lines.size(), [&](std::size_t i) -> Result<> {
    HALLIGAN_CHECK(parse_record(lines[i]).in("the new record"));
    return {};
  });
}

struct FirstRecord {
  std::string line;
  std::string head;
};

Result<FirstRecord> first_record() {
  HALLIGAN_TRY(const Bytes id, crypto::random_bytes(kIdSize));
  Record record;
  record.time = io::unix_milliseconds();
  record.what = ChainStart{hex(id), printable(io::machine_name())};
  std::string line = format_record(record);
  std::string head = record_hash(line);
  return FirstRecord{std::move(line += '\n'), std::move(head)};
}

// With its first record in it from the beginning: whatever stops us, there is no empty file, which is no
// ledger.
Result<> create(const std::string& path) {
  HALLIGAN_TRY(const io::Kind kind, io::kind_of(path));
  if (kind != io::Kind::kNothing) return {};
  HALLIGAN_TRY(const FirstRecord first, first_record());
  const io::NewFile file{path, 0600, as_bytes(first.line)};
  auto made = io::write_files({&file, 1}, io::Existing::kRefuse);
  return made || made.error().code == Code::kExists ? Result<>{} : std::move(made);
}

}  // namespace

Result<Ledger> Ledger::open(const std::string& path) {
  HALLIGAN_CHECK(create(path));
  const auto waiting = [&] { say("waiting: another halligan is writing to " + printable(path)); };
  HALLIGAN_TRY(io::AppendFile file, io::AppendFile::open(path, waiting));
  Ledger ledger(std::move(file));
  HALLIGAN_CHECK(ledger.load());
  if (ledger.records_ == 0) HALLIGAN_CHECK(ledger.begin());
  return ledger;
}

Result<> Ledger::load() {
  HALLIGAN_TRY(const Bytes bytes, file_.read(kLargestLedger));
  size_ = bytes.size();
  // Before somebody touches the token for a certificate that could not be recorded.
  if (size_ > kLargestLedger - kLongestRecord) return full(path());
  const std::string_view text = as_text(bytes);
  const std::size_t whole = text.rfind('\n') + 1;  // 0 without a newline
  const std::string_view torn = text.substr(whole);
  if (whole == 0 && !could_be_ours(torn)) {
    return fail(Code::kBadInput, path() + " is not a ledger", "name another with --ledger FILE");
  }
  // A record ends in its own digest, so it is known to be whole without its newline; and then its certificate
  // may have been released.
  if (parse_record(torn)) {
    HALLIGAN_CHECK(load_chain(std::string(text) + "\n"));
    HALLIGAN_CHECK(write("\n"));
    say("restored the missing newline after the last record of " + printable(path()));
    return {};
  }
  if (whole != 0) HALLIGAN_CHECK(load_chain(text.substr(0, whole)));
  return torn.empty() ? Result<>{} : move_torn_aside(torn, whole);
}

Result<> Ledger::load_chain(std::string_view text) {
  HALLIGAN_TRY(const auto parsed, parse_ledger(text).in(path()));
  if (parsed.chains.size() > 1) {
    return fail(Code::kBadInput, path() + ": this is a merged copy; records cannot be appended to it",
                "name the ledger of this machine with --ledger FILE");
  }
  const Chain& chain = parsed.chains.front();
  if (const auto faults = chain_faults(chain); !faults.empty()) {
    return fail(Code::kBadInput, path() + " is damaged: " + faults.front().text, kDamaged);
  }
  count_in(path(), chain);
  records_ = chain.entries.size();
  head_ = chain.head();
  return {};
}

void Ledger::count_in(const std::string& file, const Chain& chain) {
  for (const Entry& entry : chain.entries) {
    if (entry.record) learn(file, *entry.record);
  }
}

void Ledger::learn(const std::string& file, const Record& record) {
  if (const Issued* issued = record.issued(); issued != nullptr) {
    const std::uint64_t serial = issued->certificate.body.serial;
    last_serial_ = std::max(last_serial_, serial);
    const std::string& request = issued->context.request;
    if (!request.empty()) answered_.push_back({file, record.number, serial, request});
  }
  const ssh::PublicKey* ca = counting_authority(record);
  if (ca == nullptr) return;
  for (const std::uint32_t counter : counters_of(record)) {
    const LastCounter here{counter, record.number, file};
    const auto [last, fresh] = counters_.try_emplace(ca->blob(), here);
    if (!fresh && last->second.counter < counter) last->second = here;
  }
}

std::optional<Ledger::LastCounter> Ledger::last_counter(const ssh::PublicKey& ca) const {
  const auto found = counters_.find(ca.blob());
  return found == counters_.end() ? std::nullopt : std::optional(found->second);
}

Result<> Ledger::move_torn_aside(std::string_view torn, std::size_t whole) {
  const std::string aside = path() + ".torn-" + hex(crypto::sha256(as_bytes(torn))).substr(0, 16);
  const io::NewFile copy{aside, 0600, as_bytes(torn)};
  HALLIGAN_CHECK(io::write_files({&copy, 1}, io::Existing::kReplace));
  say("the last record of " + printable(path()) + " was cut off by a crash; moved to " + printable(aside),
      "no certificate was released for it; expect a gap in the token's counter");
  // Reported first: a process killed after the cut could not report it.
  size_ = whole;
  return file_.cut(whole);
}

Result<> Ledger::write(std::string_view text) {
  if (text.size() > kLargestLedger - size_) return full(path());
  HALLIGAN_CHECK(file_.append(as_bytes(text)));
  size_ += text.size();
  return {};
}

// Of a file that an earlier version left empty, or whose first record was torn.
Result<> Ledger::begin() {
  HALLIGAN_TRY(FirstRecord first, first_record());
  HALLIGAN_CHECK(write(first.line));
  head_ = std::move(first.head);
  records_ = 1;
  return {};
}

Result<std::uint64_t> Ledger::next_serial(std::optional<std::uint64_t> wanted) const {
  if (!wanted) {
    if (last_serial_ == UINT64_MAX) return fail(Code::kBadInput, "no serial is left in " + path());
    return std::max(io::unix_milliseconds(), last_serial_ + 1);
  }
  if (*wanted > last_serial_ || *wanted == 0) return *wanted;
  return fail(Code::kBadInput,
              "serial " + std::to_string(*wanted) + " is not above " + std::to_string(last_serial_) +
                  ", the highest in " + path(),
              "omit -z, or give a higher serial");
}

Result<std::uint64_t> Ledger::append(std::vector<Record> records) {
  std::vector<std::string> lines;
  lines.reserve(records.size());
  std::string head = head_;
  std::uint64_t number = records_;
  const std::uint64_t now = io::unix_milliseconds();
  for (Record& record : records) {
    record.number = number++;
    record.previous = std::move(head);
    record.time = now;
    lines.push_back(format_record(record));
    head = record_hash(lines.back());
  }
  HALLIGAN_CHECK(check_readable(lines));
  std::string text;
  for (const std::string& line : lines) (text += line) += '\n';
  HALLIGAN_CHECK(write(text));
  head_ = std::move(head);
  records_ = number;
  for (const Record& record : records) learn(path(), record);
  return number - 1;
}

Result<std::uint64_t> Ledger::add(std::span<const ssh::Certificate> certificates, const IssueContext& context,
                                  std::vector<ssh::Signature> searches, std::optional<std::uint32_t> begin) {
  HALLIGAN_CHECK(check_context(context));
  std::vector<Record> records(certificates.size());
  for (std::size_t i = 0; i < certificates.size(); ++i) {
    records[i].what =
        Issued{certificates[i], context, std::exchange(searches, {}), std::exchange(begin, std::nullopt)};
  }
  return append(std::move(records));
}

Result<std::uint64_t> Ledger::add_uses(std::vector<CountedUse> uses) {
  std::vector<Record> records(uses.size());
  for (std::size_t i = 0; i < uses.size(); ++i) records[i].what = std::move(uses[i]);
  return append(std::move(records));
}

}  // namespace halligan::ledger
