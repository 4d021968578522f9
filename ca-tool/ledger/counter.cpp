#include "ledger/counter.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/verify.hpp"
#include "fido/request.hpp"
#include "ledger/recorded.hpp"

namespace halligan::ledger {
namespace {

struct Use {
  std::uint32_t counter;
  Recorded recorded;
};
using Uses = std::map<std::string, std::vector<Use>>;  // by the CA's fingerprint, in the order of the records

Uses collect(const std::vector<Chain>& chains) {
  Uses uses;
  for (const Recorded& each : recorded_certificates(chains)) {
    const auto& [body, signature] = each.issued().certificate;
    if (ssh::is_sk(signature.algorithm))
      uses[crypto::fingerprint(body.ca)].push_back({signature.counter, each});
  }
  return uses;
}

// What else the CAs' keys signed, and the ledger can prove; and where ledgers begin.
struct Besides {
  std::map<std::string, std::set<std::uint32_t>> values;  // by the CA's fingerprint
  std::map<std::string, std::vector<std::uint32_t>> begins;
};

Besides collect_besides(const std::vector<Chain>& chains, std::vector<LedgerFinding>& findings) {
  Besides out;
  crypto::Verifier verifier;
  const auto take = [&](const ssh::PublicKey& ca, const ssh::Signature& signature,
                        const Result<crypto::Verified>& verified) {
    if (verified) out.values[crypto::fingerprint(ca)].insert(signature.counter);
    return verified.has_value();
  };
  const auto begins = [&](const ssh::PublicKey& ca, const std::optional<std::uint32_t>& begin) {
    if (begin) out.begins[crypto::fingerprint(ca)].push_back(*begin);
  };
  for (const Recorded& each : recorded_certificates(chains)) {
    const ssh::PublicKey& ca = each.issued().certificate.body.ca;
    begins(ca, each.issued().begin);
    for (const ssh::Signature& search : each.issued().searches) {
      if (take(ca, search, verifier.verify(ca, fido::kSearchMessage, search))) continue;
      findings.push_back(
          {FindingCode::kSearchBad, entry_name(chains, each) + ": counter " + std::to_string(search.counter) +
                                        " of a search for the token, which the CA's key did not sign"});
    }
  }
  for (const Recorded& each : recorded_uses(chains)) {
    const CountedUse& use = *each.use();
    begins(use.ca, use.begin);
    for (const ssh::Signature& signature : use.signatures) {
      const std::string name = entry_name(chains, each) + ": counter " + std::to_string(signature.counter);
      if (!take(use.ca, signature, verify_use(verifier, use, signature))) {
        findings.push_back({FindingCode::kUseBad, name + " of a use, which the CA's key did not sign"});
      } else if (use.hash) {
        findings.push_back(
            {FindingCode::kNotReleased, name + " signed what was not released: " + printable(use.purpose)});
      }
    }
  }
  return out;
}

std::set<std::uint32_t> values_of(const std::vector<Use>& uses) {
  std::set<std::uint32_t> out;
  for (const Use& use : uses) out.insert(use.counter);
  return out;
}

bool all_zero(const std::vector<Use>& uses) {
  return std::all_of(uses.begin(), uses.end(), [](const Use& use) { return use.counter == 0; });
}

// Two keys on one token with one counter never have the same value.
bool values_collide(const Uses& uses) {
  std::set<std::uint32_t> seen;
  for (const auto& [authority, list] : uses) {
    if (all_zero(list)) continue;
    const std::set<std::uint32_t> own = values_of(list);
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

// One CA key's counter.
struct KeyCheck {
  const std::vector<Chain>& chains;
  const std::vector<Use>& uses;
  const std::vector<CounterRange>& known;  // sorted
  std::optional<std::uint32_t> start;      // the counter when the key was made, if that is known
  std::optional<std::uint32_t> begin;      // the counter before the ledger, if that is on record
  CounterReport& report;
  std::vector<LedgerFinding>& findings;
  std::set<std::uint32_t> accounted{};  // by other records and searches

  void zero() {
    if (start && *start != 0) {
      add(FindingCode::kCounterNotZero, report.authority + ": the counter was " + std::to_string(*start) +
                                            " when the key was made, and should be zero always");
    }
    for (const Use& use : uses) {
      if (use.counter != 0) {
        add(FindingCode::kCounterNotZero,
            name(use) + ": counter " + std::to_string(use.counter) + ", and should be zero always");
      }
    }
    add(FindingCode::kCounterZero,
        report.authority + ": the counter is always zero, so unrecorded signatures cannot be detected");
  }

  void rising() {
    for (std::size_t i = 1; i < uses.size(); ++i) {
      const Use& before = uses[i - 1];
      if (uses[i].recorded.chain == before.recorded.chain && uses[i].counter <= before.counter)
        back(uses[i], before.counter, " of " + name(before));
    }
    std::vector<Use> sorted = uses;
    std::ranges::stable_sort(sorted, {}, &Use::counter);
    if (start && sorted.front().counter <= *start) {
      back(sorted.front(), *start, ", its value when the key was made");
    } else if (start) {
      gap(*start, "since the key was made", sorted.front());
    } else if (begin && *begin < sorted.front().counter) {  // else another chain has what was before
      gap(*begin, "since the ledger began", sorted.front());
      add(FindingCode::kCounterBegin,
          report.authority + ": " + span_words(1, *begin) + " " + (*begin == 1 ? "is" : "are") +
              " before this ledger; --made ca.json counts from the making of the key");
    }
    for (std::size_t i = 1; i < sorted.size(); ++i) {
      const Use& before = sorted[i - 1];
      const Use& use = sorted[i];
      if (use.counter != before.counter) {
        gap(before.counter, "since " + name(before), use);
      } else if (use.recorded.chain != before.recorded.chain) {  // else it has been reported already
        add(FindingCode::kCounterTwice, name(use) + ": counter " + std::to_string(use.counter) + " as in " +
                                            name(before) + ": the key was copied, or a record is forged");
      }
    }
  }

 private:
  std::string name(const Use& use) const { return entry_name(chains, use.recorded); }

  void back(const Use& use, std::uint32_t before, const std::string& whose) {
    add(FindingCode::kCounterBack, name(use) + ": counter " + std::to_string(use.counter) + " is not above " +
                                       std::to_string(before) + whose);
  }

  void gap(std::uint32_t before, const std::string& since, const Use& use) {
    const std::uint64_t low = std::uint64_t{before} + 1;
    const std::uint64_t high = use.counter;  // half-open: [low, high)
    if (low == high) return;
    const std::uint64_t missing = high - low - taken(low, high) - covered(low, high);
    if (missing == 0) return;
    report.missing += missing;
    const std::string whose = report.profile == CounterProfile::kPerKey
                                  ? "by this CA key"
                                  : "by this CA key or another key of its token";
    add(FindingCode::kCounterGap, name(use) + ": " + std::to_string(missing) +
                                      (missing == 1 ? " unrecorded signature " : " unrecorded signatures ") +
                                      whose + " " + since + " (" + span_words(low, high - 1) + ")");
  }

  // How many values of [low, high) are accounted for by records.
  std::uint64_t taken(std::uint64_t low, std::uint64_t high) const {
    return static_cast<std::uint64_t>(std::distance(accounted.lower_bound(static_cast<std::uint32_t>(low)),
                                                    accounted.lower_bound(static_cast<std::uint32_t>(high))));
  }

  // How many more are known.
  std::uint64_t covered(std::uint64_t low, std::uint64_t high) const {
    std::uint64_t count = 0;
    for (const CounterRange& range : known) {
      const std::uint64_t from = std::max<std::uint64_t>(low, range.first);
      const std::uint64_t to = std::min<std::uint64_t>(high, std::uint64_t{range.last} + 1);
      if (from >= to) continue;
      count += to - from - taken(from, to);
      low = to;  // the ranges are sorted, and what overlaps counts once
    }
    return count;
  }

  void add(FindingKind kind, std::string text) { findings.push_back({kind, std::move(text)}); }
};

// Where to look before a gap is taken for a theft.
void add_elsewhere(LedgerVerdict& check) {
  const auto has_gap = [](const CounterReport& each) { return each.missing != 0; };
  if (std::ranges::none_of(check.counters, has_gap)) return;
  check.findings.push_back(
      {FindingCode::kCounterElsewhere,
       "if it was recorded elsewhere, name that ledger too: halligan ledger verify ONE TWO"});
  check.findings.push_back({FindingCode::kCounterElsewhere,
                            "if another CA is on that token, vouch for both: --ca ONE.pub --ca TWO.pub"});
}

}  // namespace

std::string_view profile_word(CounterProfile profile) {
  constexpr std::array<std::string_view, 3> kWords{"global", "per-key", "zero"};
  return kWords[static_cast<std::size_t>(profile)];
}

Result<CounterRange> parse_counter_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = whole_number<std::uint32_t>(text.substr(0, dash));
  const auto last =
      dash == std::string_view::npos ? first : whole_number<std::uint32_t>(text.substr(dash + 1));
  if (!first || !last || *first > *last) {
    return fail(Code::kUsage, "expected a counter value or FROM-TO, not \"" + printable(text) + "\"");
  }
  return CounterRange{*first, *last};
}

Result<crypto::Verified> verify_use(crypto::Verifier& verifier, const CountedUse& use,
                                    const ssh::Signature& signature) {
  return use.hash ? verifier.verify_hash(use.ca, *use.hash, signature)
                  : verifier.verify(use.ca, fido::kSearchMessage, signature);
}

LedgerVerdict check_counters(const std::vector<Chain>& chains, const CounterRules& rules) {
  const Uses uses = collect(chains);
  const CounterProfile counting = values_collide(uses) ? CounterProfile::kPerKey : CounterProfile::kGlobal;
  std::vector<CounterRange> sorted_known = rules.known;
  std::ranges::sort(sorted_known, {}, &CounterRange::first);
  std::map<std::string, std::uint32_t> starts;
  for (const ca::CounterStart& start : rules.starts)
    starts[crypto::fingerprint(start.authority)] = start.counter;
  std::set<std::string> vouched;
  for (const ssh::PublicKey& each : rules.authorities) vouched.insert(crypto::fingerprint(each));
  LedgerVerdict out;
  const Besides besides = collect_besides(chains, out.findings);
  for (const auto& [authority, list] : uses) {
    CounterReport report;
    report.authority = authority;
    report.guessed = !rules.profile;
    report.profile = rules.profile.value_or(all_zero(list) ? CounterProfile::kZero : counting);
    report.signatures = list.size();
    const auto [least, most] = std::ranges::minmax(list, {}, &Use::counter);
    report.first = least.counter;
    report.last = most.counter;
    const auto made = starts.find(authority);
    const auto start = made == starts.end() ? std::nullopt : std::optional(made->second);
    const auto begun = besides.begins.find(authority);
    const auto begin =
        begun == besides.begins.end() ? std::nullopt : std::optional(std::ranges::min(begun->second));
    KeyCheck check{chains, list, sorted_known, start, begin, report, out.findings};
    const auto counts = [&, &key = authority](const std::string& other) {
      return report.profile == CounterProfile::kGlobal && other != key && vouched.contains(other);
    };
    for (const auto& [other, other_list] : uses) {
      if (counts(other)) check.accounted.merge(values_of(other_list));
    }
    for (const auto& [used, values] : besides.values) {
      if (used == authority || counts(used)) check.accounted.insert(values.begin(), values.end());
    }
    // Making a key takes a count, too.
    for (const auto& [other, counter] : starts) {
      if (counts(other)) check.accounted.insert(counter);
    }
    if (report.profile == CounterProfile::kZero) {
      check.zero();
    } else {
      check.rising();
    }
    out.counters.push_back(std::move(report));
  }
  for (const auto& [authority, counter] : starts) {
    if (uses.contains(authority) || besides.values.contains(authority)) continue;
    if (!uses.empty() && vouched.contains(authority)) continue;  // its making is accounted for, above
    out.findings.push_back(
        {FindingCode::kCounterStart, authority + ": the counter was " + std::to_string(counter) +
                                         " when the key was made, but no record is by this CA"});
  }
  add_elsewhere(out);
  return out;
}

}  // namespace halligan::ledger
