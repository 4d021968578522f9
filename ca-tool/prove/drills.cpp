#include "prove/drills.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "ui/describe.hpp"
#include "ui/output.hpp"

namespace halligan::prove {
namespace {

using ledger::drills::Drill;
using ledger::drills::DrilledHost;
using ledger::drills::DrillLog;
using ledger::drills::Outcome;

constexpr std::uint64_t kClockTolerance = 300;  // seconds that a record may be of the future

/// One login of a drill.
struct DrilledLogin {
  const DrilledHost* host = nullptr;
  std::uint64_t time = 0;     ///< Unix seconds, at the latest
  bool is_of_future = false;  ///< its record, or another one of the same chain

  // Of two at the same time the one that failed decides.
  bool decides_over(const DrilledLogin& other) const {
    if (other.host == nullptr || time != other.time) return other.host == nullptr || time > other.time;
    return host->outcome != Outcome::kOpened;
  }
};

// "root@web1" and "ssh://root@web1:22" are of web1.
std::string name_in(std::string typed) {
  if (typed.starts_with("ssh://")) typed = typed.substr(6, typed.find('/', 6) - 6);
  typed = typed.substr(typed.rfind('@') + 1);
  const auto target = parse_target(typed);
  return target ? target->host : typed;
}

bool is_at(const DrilledHost& host, const Target& target) {
  if (host.port != target.port) return false;
  const std::string typed = name_in(host.host);
  return host.name == target.host || typed == target.host || typed == target.name;
}

class Looker {
 public:
  Looker(const DrillsOnRecord& drills, const DrillOptions& options, const ca::Configuration& configuration,
         std::uint64_t now)
      : drills_(drills), options_(options), configuration_(configuration), now_(now) {}

  Drilled look(const Answer& answer) const {
    if (!drills_.fault.empty())
      return {.rule = "drill-record", .why = drills_.fault, .next = "halligan drill status"};
    DrilledLogin last;
    bool elsewhere = false;
    for (const DrillLog& log : drills_.logs) {
      const DrilledLogin found = last_of(log, answer, elsewhere);
      if (found.host != nullptr && found.decides_over(last)) last = found;
    }
    if (last.host == nullptr) {
      return elsewhere ? refused(answer, "drill-of-another-name",
                                 "a drill opened a host with this key, under another name or port")
                       : refused(answer, "no-drill", "no drill was at this host");
    }
    Drilled out = judge(answer, last);
    out.opened = out.rule.empty();
    out.time = last.time;
    return out;
  }

 private:
  static Drilled refused(const Answer& answer, std::string rule, std::string why) {
    const std::string again = "halligan drill run -l " + shell_word(answer.account) + " " +
                              shell_word(answer.target.host) +
                              (answer.target.port == 22 ? "" : fmt::format(" -- -p {}", answer.target.port));
    return {.rule = std::move(rule), .why = std::move(why), .next = again};
  }

  // The last one in a chain is the last one, whatever clocks said: what they say after it is when it was at
  // the latest.
  DrilledLogin last_of(const DrillLog& log, const Answer& answer, bool& elsewhere) const {
    const std::string ca = crypto::fingerprint(answer.canary->certificate.body.ca);
    const bool future = std::ranges::any_of(
        log.drills, [&](const Drill& each) { return each.ended() > now_ + kClockTolerance; });
    DrilledLogin last;
    std::uint64_t latest = UINT64_MAX;
    for (auto drill = log.drills.rbegin(); drill != log.drills.rend() && last.host == nullptr; ++drill) {
      latest = std::min(latest, drill->ended());
      if (drill->ca != ca) continue;
      for (const DrilledHost& each : drill->hosts) {
        if (each.account != printable(answer.account) || each.outcome == Outcome::kNotReached) continue;
        const DrilledLogin login{&each, latest, future};
        // A host that did not open did not, whatever it was called.
        const bool failed = each.outcome != Outcome::kOpened && !each.host_key.empty() &&
                            each.host_key == answer.host_key && each.port == answer.target.port;
        if (!failed && !is_at(each, answer.target)) {
          elsewhere = elsewhere || (each.outcome == Outcome::kOpened && each.host_key == answer.host_key);
        } else if (login.decides_over(last)) {
          last = login;
        }
      }
    }
    return last;
  }

  Drilled judge(const Answer& answer, const DrilledLogin& last) const {
    const std::uint64_t age = now_ > last.time ? now_ - last.time : 0;
    const std::string ago = ui::duration_words(age) + " ago";
    if (last.is_of_future)
      return refused(answer, "drill-of-the-future",
                     "a drill on record is of the future: a clock was changed");
    if (last.host->outcome != Outcome::kOpened) {
      const std::string why = last.host->detail.empty() ? "" : ": " + last.host->detail;
      return refused(answer, "drill-failed", fmt::format("the last drill, {}, did not open it{}", ago, why));
    }
    if (last.host->host_key.empty() || last.host->host_key != answer.host_key)
      return refused(answer, "drill-of-another-key",
                     last.host->host_key.empty() ? "the last drill did not note the host's key"
                                                 : "the host had another key in the last drill, " + ago);
    const std::uint64_t most = oldest(answer) * kDay;
    if (age > most)
      return refused(answer, "old-drill",
                     fmt::format("the last drill was {}, and {} days are the limit", ago, most / kDay));
    return against(answer, last.time);
  }

  // What is known now comes before what was seen then.
  static Drilled against(const Answer& answer, std::uint64_t time) {
    const Check& check = answer.check;
    if (check.result == Check::Result::kNo)
      return {.rule = "closed-since", .why = "a snapshot says that the login would be refused now"};
    // A drill's certificate has a command, which PermitRootLogin forced-commands-only lets in.
    if (answer.account == "root" && !check.looked)
      return {.rule = "root-not-settled",
              .why = "opened by a drill; PermitRootLogin forced-commands-only is not excluded",
              .next = "halligan trust snapshot " + shell_word("root@" + answer.target.host) +
                      " -o DIR/FILE.json, then prove --snapshots DIR"};
    const bool open = check.result == Check::Result::kUnknown && check.looked;
    if (open && (check.taken > time || check.rule == "pending"))
      return refused(answer, "open-since", "the snapshot is newer than the drill, and leaves a step open");
    return {};
  }

  std::uint64_t oldest(const Answer& answer) const {
    if (options_.days) return *options_.days;
    const auto set = configuration_.find(answer.canary->comment).drill_age;
    return set ? whole_number<std::uint32_t>(set->value).value_or(kDrillDays) : kDrillDays;
  }

  const DrillsOnRecord& drills_;
  const DrillOptions& options_;
  const ca::Configuration& configuration_;
  std::uint64_t now_;
};

}  // namespace

DrillsOnRecord read_all_drills(const std::vector<std::string>& files) {
  DrillsOnRecord out;
  const auto spoil = [&out](const Error& error) {
    ui::complain(error);
    out.fault = "the record of drills cannot be used: " + error.message;
  };
  auto own = ledger::drills::load_drills(nullptr);
  if (own) {
    out.logs = *std::move(own);
  } else {
    spoil(own.error());
  }
  for (const std::string& file : files) {
    auto log = ledger::drills::read_drills(file);
    if (log) {
      out.logs.push_back(*std::move(log));
    } else {
      spoil(log.error());
    }
  }
  return out;
}

void count_drills(std::vector<Answer>& answers, const DrillsOnRecord& drills, const DrillOptions& options,
                  const ca::Configuration& configuration, std::uint64_t now) {
  const Looker looker(drills, options, configuration, now);
  for (Answer& each : answers) {
    if (each.verdict == Verdict::kYes && !each.canary->name.revoked) each.drilled = looker.look(each);
  }
}

}  // namespace halligan::prove
