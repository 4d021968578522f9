#include "ledger/reconcile.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "crypto/canary.hpp"
#include "crypto/digest.hpp"
#include "io/clock.hpp"
#include "ledger/recorded.hpp"

namespace halligan::ledger {
namespace {

constexpr std::size_t kShownMessage = 160;  // bytes
constexpr std::uint64_t kClockSkew = 60;    // seconds, between the clocks of the CA, a host and its log

std::string where_and_when(const std::string& host, const std::optional<std::uint64_t>& time) {
  std::string words;
  if (!host.empty()) words += " on " + printable(host);
  if (time) words += " at " + io::format_utc(*time);
  return words;
}

std::string login_words(const CertificateLogin& login, const std::string& host,
                        const std::optional<std::uint64_t>& time) {
  return std::string(login.partial ? "partial login as " : "login as ") + printable(login.account) +
         " from " + printable(login.address) + " port " + printable(login.port) + where_and_when(host, time);
}

std::string certificate_words(const CertificateLogin& login) {
  return "serial " + std::to_string(login.serial) + ", key ID \"" + printable(login.key_id) + "\"";
}

bool is_key(std::string_view fingerprint, const ssh::PublicKey& key) {
  return fingerprint == crypto::fingerprint(key) || fingerprint == crypto::md5_fingerprint(key);
}

std::string how_far(std::uint64_t seconds) {
  if (seconds < 120) return std::to_string(seconds) + " s";
  return std::to_string(seconds / 60) + " min";
}

bool is_by(const CertificateLogin& login, const ssh::CertificateBody& body) {
  return (login.key.empty() || is_key(login.key, body.subject)) && login.key_id == body.key_id;
}

}  // namespace

bool begins_login(std::string_view message) {
  return message.starts_with("Accepted ") || tells_login(message);
}

bool ends_login(std::string_view message) {
  return !begins_login(message) && (parse_connection_end(message) || ends_process(message));
}

Reconciliation::Reconciliation(const std::vector<Chain>& chains,
                               const std::vector<ssh::PublicKey>& authorities, std::uint64_t most_logins)
    : most_logins_(most_logins) {
  for (const ssh::PublicKey& key : authorities) note_authority(key);
  for (const Chain& chain : chains) {
    for (LedgerFinding& fault : chain_faults(chain)) {
      if (chains.size() > 1) fault.text = chain.name() + " " + fault.text;
      untrue_.push_back(std::move(fault));
    }
    const auto certificates = recorded_certificates({&chain, 1});
    const auto verified = verify_signatures(certificates);
    for (std::size_t i = 0; i < certificates.size(); ++i)
      note_record(certificates[i].issued(), verified[i], entry_name(chains, certificates[i]));
  }
}

void Reconciliation::note_authority(const ssh::PublicKey& key) {
  const std::string fingerprint = crypto::fingerprint(key);
  if (!authorities_.try_emplace(fingerprint, fingerprint).second) return;
  const auto md5 = crypto::md5_fingerprint(key);
  no_md5_ = no_md5_ || !md5;
  if (md5) authorities_.try_emplace(*md5, fingerprint);
}

// Anyone can write a record, so one that its CA did not sign is ignored; but the CA it names is one of ours.
void Reconciliation::note_record(const Issued& issued, const Result<crypto::Verified>& verified,
                                 const std::string& name) {
  const ssh::CertificateBody& body = issued.certificate.body;
  const std::string authority = crypto::fingerprint(body.ca);
  note_authority(body.ca);
  if (!verified) {
    untrue_.push_back({FindingCode::kSignatureBad, name + ": the CA's signature: " +
                                                       verified.error().message + "; the record is ignored"});
    return;
  }
  known_.try_emplace({authority, body.serial}, Known{&body, name});
}

Reconciliation::Reading Reconciliation::begin(const std::string& name, bool returns) {
  return {.found = {.file = name}, .number = logs_++, .earlier = messages_.size(), .returns = returns};
}

void Reconciliation::take(Reading& reading, ReadLine read, std::string_view text) {
  Log& found = reading.found;
  if (!read.unreadable.empty()) {
    ++found.unreadable;
    note_unreadable({.message = std::string(text)}, read.unreadable);
  }
  if (read.quoted) ++found.quoted;
  if (!read.line) return;
  LogLine& line = *read.line;
  ++found.messages;
  if (!line.host.empty()) found.hosts.insert(line.host);
  if (line.time) {
    reading.order = *line.time;
    found.first = std::min(found.first.value_or(*line.time), *line.time);
    found.last = std::max(found.last.value_or(*line.time), *line.time);
    std::uint64_t& last = last_time_[line.host];
    last = std::max(last, *line.time);
  }
  const bool begins = begins_login(line.message);
  const bool ends = ends_login(line.message);
  reading.returns = reading.returns || line.returned;
  const bool broken = line.carried && !line.returned;
  if (begins || ends) messages_.push_back({std::move(line), broken, reading.number, reading.order, ends});
}

// A message of sshd -e that ends in LF alone was broken by a key ID.
Reconciliation::Log Reconciliation::end(Reading reading) {
  for (std::size_t i = reading.earlier; i < messages_.size(); ++i) messages_[i].broken &= reading.returns;
  return std::move(reading.found);
}

Reconciliation::Log Reconciliation::read(const std::string& file, std::string_view log, std::uint64_t now) {
  Reading reading = begin(file, log.find("\r\n") != std::string_view::npos);
  const bool whole = log.empty() || log.ends_with('\n');
  bool first = true;
  while (!log.empty()) {
    const std::string_view text = next_record(log);
    ReadLine read = read_log_line(text, now);
    const bool lost =
        (std::exchange(first, false) && lost_start(text)) || (log.empty() && !whole && lost_end(text));
    const bool judged = read.quoted || !read.unreadable.empty() ||
                        (read.line && (!tells_login(read.line->message) ||
                                       find_login(read.line->message) != std::string_view::npos));
    if (lost && !judged) read.unreadable = "the log begins or ends in the middle of it";
    take(reading, std::move(read), text);
  }
  return end(std::move(reading));
}

Result<Reconciliation::Log> Reconciliation::read(const std::string& name, Journal& journal) {
  Reading reading = begin(name, false);
  while (true) {
    HALLIGAN_TRY(const auto entry, journal.next());
    if (!entry) return end(std::move(reading));
    take(reading, read_journal_entry(*entry), entry->message);
  }
}

void Reconciliation::note_gap(const std::string& name, const Log& log) {
  const std::string until = log.first ? ", until " + io::format_utc(*log.first) : std::string();
  unreadable_.push_back(
      {FindingCode::kJournalGap, name + ": entries that came after the cursor are no longer there" + until});
}

void Reconciliation::finish() {
  std::ranges::stable_sort(messages_, [](const Message& a, const Message& b) {
    // Two logs may share a second; nobody uses a port again within one.
    return std::tie(a.line.host, a.order, a.ends) < std::tie(b.line.host, b.order, b.ends);
  });
  for (const Message& message : messages_) take(message);
  messages_.clear();
}

// The same login in another log of the same host: the journal and a file of syslog, say, which may know the
// host by another name. Two hosts do not share process, peer and moment.
bool Reconciliation::was_read(const Message& message, const CertificateLogin& what) const {
  constexpr std::uint64_t kRounding = 1;  // seconds, by which two logs may differ
  if (!message.line.time) return false;
  const auto seen = seen_.find({Peer{what.address, what.port}, what.serial});
  if (seen == seen_.end()) return false;
  return std::ranges::any_of(seen->second, [&](std::size_t at) {
    const Login& each = logins_[at];
    const bool one_host =
        each.host == message.line.host || (!each.process.empty() && each.process == message.line.process);
    return one_host && each.log != message.log && each.time && *each.time + kRounding >= *message.line.time &&
           *message.line.time + kRounding >= *each.time && each.what == what;
  });
}

void Reconciliation::take(const Message& message) {
  const LogLine& line = message.line;
  log_ = message.log;
  auto login = parse_certificate_login(line.message);
  if (login && *login && was_read(message, **login)) return;
  if (const auto peer = parse_any_login(line.message)) forget_earlier(line, *peer);
  if (login && !*login) return note_end(line);
  std::string why = !login           ? login.error().message
                    : message.broken ? "its key ID contains a line break, or the end of the line is missing"
                                     : "";
  if (why.empty() && no_md5_ && (*login)->authority.starts_with("MD5:"))
    why = "its CA is given by an MD5 fingerprint, and OpenSSL does not allow MD5 here";
  if (!why.empty()) return note_cut(line, why);
  const auto authority = authorities_.find((*login)->authority);
  if (authority == authorities_.end()) {
    ++strangers_;
  } else {
    (*login)->authority = authority->second;
    note_login(**login, line);
  }
}

// A connection that begins takes the place of an older one of the same address and port, or the same process.
void Reconciliation::forget_earlier(const LogLine& line, const Peer& peer) {
  const auto drop = [&](auto& map, const auto& key, bool same_peer) {
    const auto earlier = map.find(key);
    if (earlier == map.end()) return;
    const CertificateLogin& last = logins_[earlier->second.back()].what;
    const bool goes_on = last.partial && (same_peer || Peer{last.address, last.port} == peer);
    if (!goes_on) map.erase(earlier);
  };
  drop(open_, std::pair(line.host, peer), true);
  drop(processes_, std::pair(line.host, line.process), false);
}

void Reconciliation::note_login(const CertificateLogin& what, const LogLine& line) {
  auto& connection = open_[{line.host, Peer{what.address, what.port}}];
  for (std::uint64_t i = 0; i < line.times; ++i) {
    connection.push_back(logins_.size());
    if (!line.process.empty()) processes_[{line.host, line.process}].push_back(logins_.size());
    seen_[{Peer{what.address, what.port}, what.serial}].push_back(logins_.size());
    logins_.push_back({what, line.time, std::nullopt, line.host, line.process, log_});
  }
}

// A long key ID is cut off, but the key comes before it: the login is by a recorded certificate if the rest
// of the message fits that certificate.
void Reconciliation::note_cut(const LogLine& line, const std::string& why) {
  auto cut = parse_cut_login(line.message);
  if (!cut) return note_unreadable(line, why);
  for (const auto& [key, known] : known_) {
    const ssh::CertificateBody& body = *known.body;
    if (!is_key(cut->login.key, body.subject)) continue;
    const std::string whole = body.key_id + " (serial " + std::to_string(body.serial) + ") CA " +
                              std::string(body.ca.label()) + " " + key.first;
    if (!std::string_view(whole).starts_with(cut->tail)) continue;
    cut->login.key_id = body.key_id;
    cut->login.serial = body.serial;
    cut->login.authority = key.first;
    return note_login(cut->login, line);
  }
  note_unreadable(line, why);
}

void Reconciliation::note_unreadable(const LogLine& line, const std::string& why) {
  unreadable_.push_back({FindingCode::kLoginUnreadable,
                         "cannot parse the login by certificate" + where_and_when(line.host, line.time) +
                             ": " + why + ": " +
                             printable(std::string_view(line.message).substr(0, kShownMessage))});
}

void Reconciliation::note_end(const LogLine& line) {
  const std::vector<std::size_t>* ended = nullptr;
  if (auto peer = parse_connection_end(line.message)) {
    const auto connection = open_.find({line.host, *std::move(peer)});
    if (connection != open_.end()) ended = &connection->second;
  } else if (ends_process(line.message)) {
    const auto process = processes_.find({line.host, line.process});
    if (process != processes_.end()) ended = &process->second;
  }
  if (ended == nullptr) return;
  for (const std::size_t login : *ended) {
    logins_[login].open = false;
    logins_[login].end = line.time;  // the last of several: an earlier one may be invented
  }
}

void Reconciliation::judge_login(const Login& login, const Known& known,
                                 std::vector<LedgerFinding>& out) const {
  const ssh::CertificateBody& body = *known.body;
  const std::string words = login_words(login.what, login.host, login.time) + ": ";
  if (!is_by(login.what, body)) {
    out.push_back({FindingCode::kOtherKey, words + certificate_words(login.what) + ", key " + login.what.key +
                                               ": " + known.name +
                                               " has this serial with another key or key ID"});
    return;
  }
  if (crypto::is_canary(body)) {
    out.push_back({FindingCode::kCanaryUsed, words + "the certificate of " + known.name +
                                                 " is a canary, which nobody can log in with: this host "
                                                 "does not verify signatures, or its log is forged"});
    return;
  }
  if (!login.time) return;
  if (*login.time < body.valid_after || *login.time >= body.valid_before) {
    out.push_back({FindingCode::kOutsideValidity, words + "the certificate of " + known.name +
                                                      " is valid from " + io::format_utc(body.valid_after) +
                                                      " to " + io::format_utc(body.valid_before)});
    return;
  }
  const auto last = last_time_.find(login.host);
  const std::uint64_t seen = login.end.value_or(last == last_time_.end() ? 0 : last->second);
  if (seen <= body.valid_before || seen - body.valid_before <= kClockSkew) return;
  const std::string past =
      how_far(seen - body.valid_before) + " after the certificate of " + known.name + " expired";
  // Without a line that proves it, nobody knows that the session went on.
  if (login.open) {
    out.push_back(
        {FindingCode::kEndUnknown, words + "its end is not logged, and the log continues until " + past});
  } else {
    out.push_back({FindingCode::kPastExpiry, words + "the session continued until " + past});
  }
}

void Reconciliation::judge_use(const std::vector<const Login*>& logins, const Known& known,
                               std::vector<LedgerFinding>& out) const {
  const std::string certificate = known.name + ": the certificate \"" + printable(known.body->key_id) + "\" ";
  if (logins.size() > most_logins_) {
    out.push_back({FindingCode::kOverUsed, certificate + "was used for " + std::to_string(logins.size()) +
                                               " logins, more than " + std::to_string(most_logins_)});
  }
  std::set<std::string> addresses;
  for (const Login* login : logins) addresses.insert(login->what.address);
  if (addresses.size() > 1) {
    std::string list;
    for (const std::string& address : addresses) list += (list.empty() ? "" : ", ") + printable(address);
    out.push_back({FindingCode::kSeveralAddresses, certificate + "was used from " + list});
  }
}

std::map<std::pair<std::string, std::uint64_t>, std::vector<Reconciliation::Use>> Reconciliation::uses()
    const {
  std::map<std::pair<std::string, std::uint64_t>, std::vector<Use>> out;
  for (const Login& login : logins_) {
    const std::pair<std::string, std::uint64_t> key{login.what.authority, login.what.serial};
    const auto known = known_.find(key);
    if (known == known_.end() || !is_by(login.what, *known->second.body)) continue;
    out[key].push_back({login.what.account, login.host, login.what.address, login.time});
  }
  return out;
}

std::vector<LedgerFinding> Reconciliation::findings() const {
  std::vector<LedgerFinding> out = untrue_;
  out.insert(out.end(), unreadable_.begin(), unreadable_.end());
  std::map<std::pair<std::string, std::uint64_t>, std::vector<const Login*>> uses;
  std::size_t untimed = 0;
  for (const Login& login : logins_) {
    if (!login.time) ++untimed;
    const std::pair<std::string, std::uint64_t> key{login.what.authority, login.what.serial};
    const auto known = known_.find(key);
    if (known == known_.end()) {
      out.push_back({FindingCode::kUnknownCertificate, login_words(login.what, login.host, login.time) +
                                                           ": no record of its certificate, " +
                                                           certificate_words(login.what)});
      continue;
    }
    uses[key].push_back(&login);
    judge_login(login, known->second, out);
  }
  for (const auto& [key, known] : known_) {
    const auto used = uses.find(key);
    if (used == uses.end()) {
      if (crypto::is_canary(*known.body)) continue;  // it never is
      out.push_back({FindingCode::kUnused, known.name + ": the certificate \"" +
                                               printable(known.body->key_id) +
                                               "\" was not used in these logs"});
    } else {
      judge_use(used->second, known, out);
    }
  }
  if (untimed != 0) {
    out.push_back(
        {FindingCode::kTimeMissing,
         std::to_string(untimed) +
             " logins have no time in the log: whether the certificates were valid is not checked"});
  }
  std::stable_partition(out.begin(), out.end(), [](const LedgerFinding& each) { return each.kind.fault; });
  return out;
}

}  // namespace halligan::ledger
