#include "prove/snapshots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/codec.hpp"
#include "base/folder.hpp"
#include "base/text.hpp"
#include "explain/decision.hpp"
#include "io/files.hpp"
#include "issue/command.hpp"
#include "prove/command.hpp"
#include "ssh/options.hpp"
#include "ssh/validity.hpp"
#include "trust/snapshot.hpp"
#include "ui/describe.hpp"
#include "ui/output.hpp"

namespace halligan::prove {
namespace {

using trust::Snapshot;

constexpr std::size_t kLargestSnapshotFile = std::size_t{256} << 20;
// Somebody may have typed a password for so long before the host could say what time it is.
constexpr std::int64_t kLongestLogin = 300;

// "root@web1" is of web1.
std::string_view host_of(std::string_view typed) { return typed.substr(typed.rfind('@') + 1); }

bool is_named(const Snapshot& snapshot, const Target& target) {
  const std::string_view name = host_of(snapshot.host);
  return name == target.name || name == target.host;
}

bool has_key(const Snapshot& snapshot, const std::string& key) {
  return !key.empty() && std::ranges::find(snapshot.facts.host_keys, key) != snapshot.facts.host_keys.end();
}

// Of a host that could not be asked, too: what was known of it is better than nothing.
bool is_asked(const Answer& answer) {
  return (answer.verdict == Verdict::kYes || answer.verdict == Verdict::kUnreachable ||
          answer.verdict == Verdict::kThrottled) &&
         !answer.canary->name.revoked;
}

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address == "localhost";
}

std::string days_words(std::uint64_t seconds) {
  return fmt::format("{} day{}", seconds / kDay, seconds / kDay == 1 ? "" : "s");
}

// Of each file what is about one of the hosts; the texts are as long as the hosts made them.
std::vector<Snapshot> read_all(const std::vector<std::string>& files, const std::vector<Answer>& answers) {
  std::set<std::string> keys;
  std::set<std::string, std::less<>> names;
  for (const Answer& each : answers) {
    if (!is_asked(each)) continue;
    keys.insert(each.host_key);
    names.insert({each.target.name, each.target.host});
  }
  std::vector<Snapshot> out;
  for (const std::string& file : files) {
    auto text = io::read_trusted_file(file, kLargestSnapshotFile);
    auto all = text ? trust::parse_snapshots(as_text(*text)).in(printable(file))
                    : Result<std::vector<Snapshot>>(fail(std::move(text).error()));
    if (!all) {
      ui::complain(all.error());
      continue;
    }
    for (Snapshot& each : *all) {
      const bool about = names.contains(host_of(each.host)) ||
                         std::ranges::any_of(keys, [&](const auto& key) { return has_key(each, key); });
      each.text.clear();
      if (about) out.push_back(std::move(each));
    }
  }
  return out;
}

class Checker {
 public:
  Checker(const std::vector<Snapshot>& snapshots, const SnapshotOptions& options,
          const ca::Configuration& configuration, std::uint64_t now)
      : snapshots_(snapshots), options_(options), configuration_(configuration), now_(now) {}

  Check check(const Answer& answer) const {
    if (answer.verdict != Verdict::kYes) return check_by_name(answer);
    const Snapshot* snapshot = nullptr;
    if (auto missing = find(answer, snapshot)) return *std::move(missing);
    return look(answer, *snapshot);
  }

 private:
  Check look(const Answer& answer, const Snapshot& snapshot) const {
    Check out = unfit(answer, snapshot).value_or(decide(answer, snapshot));
    out.taken = snapshot.taken;
    return out;
  }

  // No key was proven, so its name has to do. What is not certain by that is nothing.
  Check check_by_name(const Answer& answer) const {
    const Snapshot* newest = nullptr;
    for (const Snapshot& each : snapshots_) {
      if (is_named(each, answer.target) && (newest == nullptr || newest->taken < each.taken)) newest = &each;
    }
    Check out = newest == nullptr ? Check{} : look(answer, *newest);
    return out.result == Check::Result::kUnknown ? Check{} : out;
  }

  static std::string login_of(const Answer& answer) {
    return shell_word(answer.account + "@" + answer.target.host);
  }

  // What to type for a new snapshot.
  static std::string take_one(const Answer& answer) {
    std::string text = fmt::format("halligan trust snapshot {} --account {} --force -o FILE",
                                   shell_word("root@" + answer.target.host), shell_word(answer.account));
    if (answer.target.port != 22) text += fmt::format(" -- -p {}", answer.target.port);
    return text;
  }

  static Check unknown(std::string rule, std::string why, std::string next) {
    return {Check::Result::kUnknown, std::move(rule), std::move(why), {}, std::move(next)};
  }

  // The newest of this host. @return why no snapshot was found
  std::optional<Check> find(const Answer& answer, const Snapshot*& found) const {
    std::vector<const Snapshot*> same;
    std::set<std::string> names;
    bool renamed = false;
    for (const Snapshot& each : snapshots_) {
      renamed = renamed || is_named(each, answer.target);
      if (!has_key(each, answer.host_key)) continue;
      same.push_back(&each);
      names.insert(std::string(host_of(each.host)));
    }
    if (same.empty()) {
      return unknown(renamed ? "snapshot-of-another-host" : "no-snapshot",
                     renamed ? "the snapshot of that name is of a host with other keys"
                             : "there is no snapshot of the host that has this key",
                     take_one(answer));
    }
    if (names.size() > 1) {
      std::erase_if(same, [&](const Snapshot* each) { return !is_named(*each, answer.target); });
      if (same.empty()) {
        return unknown("shared-host-key",
                       fmt::format("{} hosts have this key: it is not known which snapshot is of this one",
                                   names.size()),
                       "give each host a key of its own: ssh-keygen -A");
      }
    }
    found = *std::ranges::max_element(same, {}, &Snapshot::taken);
    return std::nullopt;
  }

  // Does it say anything about a login now, and to this port?
  std::optional<Check> unfit(const Answer& answer, const Snapshot& snapshot) const {
    const trust::Facts& facts = snapshot.facts;
    const std::uint64_t age = now_ > snapshot.taken ? now_ - snapshot.taken : 0;
    const std::uint32_t most = oldest(answer);
    if (age > most * kDay) {
      return unknown("old-snapshot",
                     fmt::format("the snapshot is {} old, and {} is the limit", days_words(age),
                                 days_words(most * kDay)),
                     take_one(answer));
    }
    if (snapshot.taken > now_ + static_cast<std::uint64_t>(kLongestLogin))
      return unknown("old-snapshot", "the snapshot is of the future: this computer's clock was changed",
                     take_one(answer));
    if (facts.daemons.size() > 1 && facts.port != std::to_string(answer.target.port)) {
      return unknown("other-port",
                     fmt::format("the host has several sshds, and the snapshot is of the one on port {}",
                                 facts.port.empty() ? "?" : printable(facts.port)),
                     take_one(answer));
    }
    if (options_.from.empty() && is_loopback(facts.from) && !is_loopback(answer.target.host)) {
      return unknown(
          "address",
          "the snapshot was taken on the host itself, so what holds for other addresses is not known",
          take_one(answer) + "; or say from where: --from ADDRESS");
    }
    return std::nullopt;
  }

  ca::ConfiguredCa configured(const Answer& answer) const {
    return configuration_.find(answer.canary->comment);
  }

  std::uint32_t oldest(const Answer& answer) const {
    if (options_.days) return *options_.days;
    const auto set = configured(answer).snapshot_age;
    return set ? whole_number<std::uint32_t>(set->value).value_or(kSnapshotDays) : kSnapshotDays;
  }

  // As mint would make it: without the command of the canary, valid for a short time.
  explain::Subject emergency(const Answer& answer) const {
    ssh::Certificate certificate = answer.canary->certificate;
    ssh::CertificateBody& body = certificate.body;
    const auto set = configured(answer).validity;
    const auto validity = ssh::parse_validity(set ? set->value : issue::kDefaultValidity, now_);
    if (validity) body.valid_after = validity->after, body.valid_before = validity->before;
    body.serial = now_ * 1000;
    std::erase(body.critical, ssh::value_option("force-command", kCanaryCommand));
    return {body.subject, std::move(certificate), true};
  }

  // How far the host's clock was from ours, as far as that is certain. @return seconds; positive: it was
  // ahead
  static std::int64_t skew(const Snapshot& snapshot) {
    const auto difference =
        static_cast<std::int64_t>(snapshot.facts.time) - static_cast<std::int64_t>(snapshot.taken);
    return std::clamp<std::int64_t>(0, difference, difference + kLongestLogin);
  }

  Check decide(const Answer& answer, const Snapshot& snapshot) const {
    const std::int64_t ahead = skew(snapshot);
    const explain::Login login{answer.account, options_.from.empty() ? snapshot.facts.from : options_.from,
                               static_cast<std::uint64_t>(static_cast<std::int64_t>(now_) + ahead)};
    const auto found = explain::explain(snapshot.facts, emergency(answer), login);
    if (!found) return unknown("account", found.error().message, take_one(answer));
    if (found->verdict == explain::Verdict::kYes) return {.result = Check::Result::kYes, .looked = true};
    const auto first = std::ranges::find_if(
        found->steps, [&](const explain::Step& each) { return each.verdict == found->verdict; });
    Check out{found->verdict == explain::Verdict::kNo ? Check::Result::kNo : Check::Result::kUnknown,
              first->name,
              first->text,
              first->place,
              first->mend,
              0,
              true};
    if (first->name == "validity" && ahead != 0) {
      out.why = fmt::format("its clock was {} {}: {}",
                            ui::duration_words(static_cast<std::uint64_t>(std::abs(ahead))),
                            ahead > 0 ? "ahead" : "behind", out.why);
      out.next = "set the host's clock, then take a new snapshot";
    }
    if (out.next.empty()) out.next = "see for yourself: halligan mint --ssh " + login_of(answer);
    return out;
  }

  const std::vector<Snapshot>& snapshots_;
  const SnapshotOptions& options_;
  const ca::Configuration& configuration_;
  std::uint64_t now_;
};

}  // namespace

Result<std::vector<std::string>> snapshot_files(const std::string& folder) {
  std::vector<std::string> out;
  HALLIGAN_TRY(
      const auto names,
      names_in(folder)
          .in("snapshots")
          .hint(Code::kNotFound, "make it, and take them: halligan trust snapshot HOST -o FOLDER/HOST.json"));
  for (const std::string& name : names) {
    if (name.ends_with(".json")) out.push_back(folder + "/" + name);
  }
  return out;
}

void check_answers(std::vector<Answer>& answers, const std::vector<std::string>& files,
                   const SnapshotOptions& options, const ca::Configuration& configuration,
                   std::uint64_t now) {
  const std::vector<Snapshot> snapshots = read_all(files, answers);
  const Checker checker(snapshots, options, configuration, now);
  for (Answer& each : answers) {
    if (is_asked(each)) each.check = checker.check(each);
  }
}

}  // namespace halligan::prove
