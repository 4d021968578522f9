#include "drill/due.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <sstream>

#include "base/codec.hpp"
#include "ca/selection.hpp"
#include "ca/state_folder.hpp"
#include "crypto/digest.hpp"
#include "drill/login.hpp"
#include "ledger/files.hpp"
#include "ledger/recorded.hpp"
#include "ssh/options.hpp"
#include "ui/describe.hpp"

namespace halligan::drill {
namespace {

std::vector<std::string> only_in(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::string> out;
  std::ranges::set_difference(a, b, std::back_inserter(out));
  return out;
}

void compare(std::string_view what, const std::vector<std::string>& then, const std::vector<std::string>& now,
             std::vector<std::string>& changes) {
  for (const std::string& each : only_in(now, then)) changes.push_back(fmt::format("new {} {}", what, each));
  for (const std::string& each : only_in(then, now))
    changes.push_back(fmt::format("{} {} is gone", what, each));
}

// Of a ledger that cannot be read halligan ledger tells more.
std::vector<ledger::Chain> chains_of(const ca::StateFolder& folder) {
  auto loaded = ledger::load_ledgers({folder.ledger()});
  return loaded ? std::move(loaded->chains) : std::vector<ledger::Chain>();
}

bool is_of_drill(const ssh::Certificate& certificate) {
  return std::ranges::any_of(certificate.body.critical, [](const ssh::CertificateOption& each) {
    const auto value = ssh::option_value(each);
    return each.name == "force-command" && value && *value && (*value)->starts_with(kProofStart);
  });
}

}  // namespace

std::string_view state_word(State state) {
  constexpr std::array<std::string_view, 7> kWords{"fine",    "soon",  "never", "failed",
                                                   "changed", "stale", "lost"};
  return kWords[static_cast<std::size_t>(state)];
}

Subject current_subject(const ca::Configuration& configuration, const std::string& used) {
  std::set<std::string> cas;
  std::set<std::string> principals;
  if (!used.empty()) cas.insert(used);
  for (const std::string& name : configuration.names()) {
    const ca::ConfiguredCa ca = configuration.find(name);
    if (const auto key = ca::configured_public_key(ca)) cas.insert(crypto::fingerprint(*key));
    std::istringstream names(ca.principals ? ca.principals->value : "");
    for (std::string each; std::getline(names, each, ',');) principals.insert(printable(each));
  }
  return {{cas.begin(), cas.end()}, {principals.begin(), principals.end()}};
}

std::uint64_t find_lost(const std::vector<DrillLog>& logs, const ssh::PublicKey* authority,
                        std::uint64_t now) {
  std::map<std::string, std::uint64_t> recorded;  // by CA, Unix milliseconds
  for (const DrillLog& log : logs) recorded[log.drills.back().ca] = log.drills.back().time;
  std::vector<ca::StateFolder> folders;
  if (authority != nullptr) {
    if (auto folder = ca::StateFolder::of(*authority)) folders.push_back(*std::move(folder));
  } else if (auto all = ca::StateFolder::all()) {
    folders = *std::move(all);
  }
  std::uint64_t lost = 0;
  for (const ca::StateFolder& folder : folders) {
    const auto chains = chains_of(folder);
    for (const ledger::Recorded& each : ledger::recorded_certificates(chains)) {
      const ssh::Certificate& certificate = each.issued().certificate;
      const bool over = certificate.body.valid_before <= now;
      if (over && each.record().time > recorded[crypto::fingerprint(certificate.body.ca)] &&
          is_of_drill(certificate))
        lost = std::max(lost, each.record().seconds());
    }
  }
  return lost;
}

Status judge(const std::vector<DrillLog>& logs, const ca::Configuration& configuration, std::uint64_t now,
             std::uint64_t lost) {
  Status status;
  status.lost = lost;
  for (const DrillLog& log : logs) {
    const Drill& last = log.drills.back();
    if (status.last && status.last->time >= last.time) continue;
    status.last = last;
    status.file = log.file;
    status.head = log.head;
  }
  if (!status.last) {
    if (lost != 0) status.state = State::kLost;
    return status;
  }
  const Drill& last = *status.last;
  status.due = last.next_due;
  // Its own CA may never have been in the configuration.
  const Subject current = current_subject(configuration, last.ca);
  compare("CA", last.subject.cas, current.cas, status.changes);
  compare("principal", last.subject.principals, current.principals, status.changes);
  status.state = lost != 0                    ? State::kLost
                 : !last.passed()             ? State::kFailed
                 : !status.changes.empty()    ? State::kChanged
                 : now >= status.due          ? State::kStale
                 : status.due - now <= kAhead ? State::kSoon
                                              : State::kFine;
  return status;
}

std::string status_words(const Status& status, std::uint64_t now) {
  const auto ago = [&] {
    const std::uint64_t ended = status.last->ended();
    return ui::duration_words(now > ended ? now - ended : 0) + " ago";
  };
  switch (status.state) {
    case State::kNever:
      return "there was no drill";
    case State::kFailed:
      return (status.last->broken_off.empty() ? "the last drill failed " : "the last drill was broken off ") +
             ago();
    case State::kChanged:
      return "since the last drill: " + one_line(fmt::format("{}", ui::joined(status.changes)));
    case State::kStale:
      return "the last drill was " + ago();
    case State::kLost:
      return "a drill left no record: its certificate was signed " +
             ui::duration_words(now > status.lost ? now - status.lost : 0) + " ago";
    case State::kSoon:
    case State::kFine:
      break;
  }
  return fmt::format("the last drill was {}; the next one is due in {}", ago(),
                     ui::duration_words(status.due - now));
}

}  // namespace halligan::drill
