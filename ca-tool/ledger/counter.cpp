#include "ledger/counter.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/codec.hpp"
#include "crypto/digest.hpp"
#include "crypto/verify.hpp"
#include "fido/request.hpp"

namespace halligan::ledger {
namespace {

struct Use {
  std::uint32_t counter;
  std::size_t chain;
  std::uint64_t number;  // of the record
};
using Uses = std::map<std::string, std::vector<Use>>;  // by the CA's fingerprint, in the order of the records

Uses collect(const std::vector<Chain>& chains) {
  Uses uses;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    for (const Entry& entry : chains[i].entries) {
      const Issued* issued = entry.record ? entry.record->issued() : nullptr;
      if (issued == nullptr || !ssh::is_sk(issued->certificate.signature.algorithm)) continue;
      uses[crypto::fingerprint(issued->certificate.body.ca)].push_back(
          {issued->certificate.signature.counter, i, entry.record->number});
    }
  }
  return uses;
}

// What else the CAs' keys signed, and the ledger can prove.
std::map<std::string, std::set<std::uint32_t>> collect_searches(const std::vector<Chain>& chains,
                                                                std::vector<LedgerFinding>& findings) {
  std::map<std::string, std::set<std::uint32_t>> searches;
  crypto::Verifier verifier;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    for (const Entry& entry : chains[i].entries) {
      const Issued* issued = entry.record ? entry.record->issued() : nullptr;
      if (issued == nullptr) continue;
      const ssh::PublicKey& ca = issued->certificate.body.ca;
      for (const ssh::Signature& search : issued->searches) {
        if (verifier.verify(ca, fido::kSearchMessage, search)) {
          searches[crypto::fingerprint(ca)].insert(search.counter);
        } else {
          findings.push_back(
              {FindingCode::kSearchBad, entry_name(chains, i, entry.record->number) + ": counter " +
                                            std::to_string(search.counter) +
                                            " of a search for the token, which the CA's key did not sign"});
        }
      }
    }
  }
  return searches;
}

bool all_zero(const std::vector<Use>& uses) {
  return std::all_of(uses.begin(), uses.end(), [](const Use& use) { return use.counter == 0; });
}

// Two keys on one token with one counter never have the same value.
bool values_collide(const Uses& uses) {
  std::set<std::uint32_t> seen;
  for (const auto& [authority, list] : uses) {
    if (all_zero(list)) continue;
    std::set<std::uint32_t> own;
    for (const Use& use : list) own.insert(use.counter);
    for (const std::uint32_t value : own) {
      if (!seen.insert(value).second) return true;
    }
  }
  return false;
}

std::string span_words(std::uint64_t first, std::uint64_t last) {
  if (first == last) return "counter " + std::to_string(first);
  return "counters " + std::to_string(first) + " to " + std::to_string(last);
}

class KeyCheck {
 public:
  KeyCheck(const std::vector<Chain>& chains, CounterCheck& out, CounterReport& report)
      : chains_(chains), out_(out), report_(report) {}

  void zero(const std::vector<Use>& uses, std::optional<std::uint32_t> start) {
    if (start && *start != 0) {
      add(FindingCode::kCounterNotZero, report_.authority + ": the counter was " + std::to_string(*start) +
                                            " when the key was made, and should be zero always");
    }
    for (const Use& use : uses) {
      if (use.counter != 0) {
        add(FindingCode::kCounterNotZero,
            name(use) + ": counter " + std::to_string(use.counter) + ", and should be zero always");
      }
    }
    add(FindingCode::kCounterZero,
        report_.authority + ": the counter is always zero, so unrecorded signatures cannot be detected");
  }

  /// @param start the counter when the key was made, if that is known
  void rising(const std::vector<Use>& uses, const std::set<std::uint32_t>& accounted,
              const std::vector<CounterRange>& known, std::optional<std::uint32_t> start) {
    order(uses);
    std::vector<Use> sorted = uses;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Use& a, const Use& b) { return a.counter < b.counter; });
    if (start) from_the_start(*start, sorted.front(), accounted, known);
    for (std::size_t i = 1; i < sorted.size(); ++i) {
      const Use& before = sorted[i - 1];
      const Use& use = sorted[i];
      if (use.counter == before.counter) {
        // Within one chain it has been reported already.
        if (use.chain != before.chain) {
          add(FindingCode::kCounterTwice, name(use) + ": counter " + std::to_string(use.counter) + " as in " +
                                              name(before) + ": the key was copied, or a record is forged");
        }
      } else {
        gap(before.counter, "since " + name(before), use, accounted, known);
      }
    }
  }

 private:
  std::string name(const Use& use) const { return entry_name(chains_, use.chain, use.number); }

  void order(const std::vector<Use>& uses) {
    for (std::size_t i = 1; i < uses.size(); ++i) {
      const Use& before = uses[i - 1];
      const Use& use = uses[i];
      if (use.chain != before.chain || use.counter > before.counter) continue;
      add(FindingCode::kCounterBack, name(use) + ": counter " + std::to_string(use.counter) +
                                         " is not above " + std::to_string(before.counter) + " of " +
                                         name(before));
    }
  }

  void from_the_start(std::uint32_t start, const Use& first, const std::set<std::uint32_t>& accounted,
                      const std::vector<CounterRange>& known) {
    if (first.counter <= start) {
      add(FindingCode::kCounterBack, name(first) + ": counter " + std::to_string(first.counter) +
                                         " is not above " + std::to_string(start) +
                                         ", its value when the key was made");
      return;
    }
    gap(start, "since the key was made", first, accounted, known);
  }

  void gap(std::uint32_t before, const std::string& since, const Use& use,
           const std::set<std::uint32_t>& accounted, const std::vector<CounterRange>& known) {
    const std::uint64_t low = std::uint64_t{before} + 1;
    const std::uint64_t high = use.counter;  // half-open: [low, high)
    if (low == high) return;
    std::uint64_t missing = high - low;
    const auto first = accounted.lower_bound(static_cast<std::uint32_t>(low));
    const auto last = accounted.lower_bound(use.counter);
    missing -= static_cast<std::uint64_t>(std::distance(first, last));
    missing -= covered(known, low, high, accounted);
    if (missing == 0) return;
    report_.missing += missing;
    const std::string whose = report_.profile == CounterProfile::kPerKey
                                  ? "by this CA key"
                                  : "by this CA key or another key of its token";
    add(FindingCode::kCounterGap, name(use) + ": " + std::to_string(missing) +
                                      (missing == 1 ? " unrecorded signature " : " unrecorded signatures ") +
                                      whose + " " + since + " (" + span_words(low, high - 1) + ")");
  }

  // How many values of [low, high) are known, not counting those that are accounted for by records.
  static std::uint64_t covered(const std::vector<CounterRange>& known, std::uint64_t low, std::uint64_t high,
                               const std::set<std::uint32_t>& accounted) {
    std::uint64_t count = 0;
    for (const CounterRange& range : known) {
      const std::uint64_t from = std::max<std::uint64_t>(low, range.first);
      const std::uint64_t to = std::min<std::uint64_t>(high, std::uint64_t{range.last} + 1);
      if (from >= to) continue;
      count += to - from;
      const auto taken = accounted.lower_bound(static_cast<std::uint32_t>(from));
      count -= static_cast<std::uint64_t>(
          std::distance(taken, accounted.lower_bound(static_cast<std::uint32_t>(to))));
      low = to;  // the ranges are sorted, and what overlaps counts once
    }
    return count;
  }

  void add(FindingCode code, std::string text) { out_.findings.push_back({code, std::move(text)}); }

  const std::vector<Chain>& chains_;
  CounterCheck& out_;
  CounterReport& report_;
};

std::optional<std::uint32_t> counter_value(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Where to look before a gap is taken for a theft.
void add_elsewhere(CounterCheck& check) {
  const auto has_gap = [](const CounterReport& each) { return each.missing != 0; };
  if (std::none_of(check.reports.begin(), check.reports.end(), has_gap)) return;
  check.findings.push_back(
      {FindingCode::kCounterElsewhere,
       "if it was recorded elsewhere, name that ledger too: halligan ledger verify ONE TWO"});
  check.findings.push_back({FindingCode::kCounterElsewhere,
                            "if another CA is on that token, vouch for both: --ca ONE.pub --ca TWO.pub"});
}

}  // namespace

std::string_view profile_word(CounterProfile profile) {
  switch (profile) {
    case CounterProfile::kGlobal:
      return "global";
    case CounterProfile::kPerKey:
      return "per-key";
    case CounterProfile::kZero:
      return "zero";
  }
  return "";
}

Result<CounterRange> parse_counter_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = counter_value(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : counter_value(text.substr(dash + 1));
  if (!first || !last || *first > *last) {
    return fail(Code::kUsage, "expected a counter value or FROM-TO, not \"" + printable(text) + "\"");
  }
  return CounterRange{*first, *last};
}

std::string entry_name(const std::vector<Chain>& chains, std::size_t chain, std::uint64_t number) {
  if (chains.size() == 1) return record_name(number);
  return chains[chain].name() + " " + record_name(number);
}

CounterCheck check_counters(const std::vector<Chain>& chains, const CounterRules& rules) {
  const Uses uses = collect(chains);
  const CounterProfile counting = values_collide(uses) ? CounterProfile::kPerKey : CounterProfile::kGlobal;
  std::vector<CounterRange> sorted_known = rules.known;
  std::sort(sorted_known.begin(), sorted_known.end(),
            [](const CounterRange& a, const CounterRange& b) { return a.first < b.first; });
  std::map<std::string, std::uint32_t> starts;
  for (const ca::CounterStart& start : rules.starts)
    starts[crypto::fingerprint(start.authority)] = start.counter;
  std::set<std::string> vouched;
  for (const ssh::PublicKey& each : rules.authorities) vouched.insert(crypto::fingerprint(each));
  CounterCheck out;
  const auto searches = collect_searches(chains, out.findings);
  for (const auto& [authority, list] : uses) {
    CounterReport report;
    report.authority = authority;
    report.guessed = !rules.profile;
    report.profile = rules.profile.value_or(all_zero(list) ? CounterProfile::kZero : counting);
    report.signatures = list.size();
    const auto less = [](const Use& a, const Use& b) { return a.counter < b.counter; };
    report.first = std::min_element(list.begin(), list.end(), less)->counter;
    report.last = std::max_element(list.begin(), list.end(), less)->counter;
    const bool global = report.profile == CounterProfile::kGlobal;
    std::set<std::uint32_t> accounted;
    for (const auto& [other, other_list] : uses) {
      if (other == authority || !global || !vouched.contains(other)) continue;
      for (const Use& use : other_list) accounted.insert(use.counter);
    }
    for (const auto& [searched, values] : searches) {
      if (searched == authority || (global && vouched.contains(searched)))
        accounted.insert(values.begin(), values.end());
    }
    const auto made = starts.find(authority);
    const auto start = made == starts.end() ? std::nullopt : std::optional(made->second);
    KeyCheck check(chains, out, report);
    if (report.profile == CounterProfile::kZero) {
      check.zero(list, start);
    } else {
      check.rising(list, accounted, sorted_known, start);
    }
    out.reports.push_back(std::move(report));
  }
  for (const auto& [authority, counter] : starts) {
    if (uses.contains(authority)) continue;
    out.findings.push_back(
        {FindingCode::kCounterStart, authority + ": the counter was " + std::to_string(counter) +
                                         " when the key was made, but no record is by this CA"});
  }
  add_elsewhere(out);
  return out;
}

}  // namespace halligan::ledger
