#include "prove/coverage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "base/codec.hpp"
#include "ca/selection.hpp"
#include "crypto/digest.hpp"
#include "ui/screen.hpp"

namespace halligan::prove {
namespace {

using State = Cell::State;

struct StateText {
  std::string_view code;
  std::string_view sign;  // in the table
  std::string_view words;
};
constexpr std::array<StateText, 9> kStates{{{"no-canary", "-", "no canary, so not asked"},
                                            {"unknown", "?", "could not be asked"},
                                            {"host-key", "key", "wrong host key, so not asked"},
                                            {"refused", "no", "key refused"},
                                            {"closed", "closed", "key accepted, and the login refused"},
                                            {"accepted", "1", "key accepted"},
                                            {"checked", "2", "configuration checked"},
                                            {"opened", "3", "opened by a drill"},
                                            {"revoked-accepted", "REVOKED", "accepts what is revoked"}}};

const StateText& text_of(State state) { return kStates[static_cast<std::size_t>(state)]; }

Cell cell_of(const Answer& answer) {
  if (answer.check.result == Check::Result::kNo) return {State::kClosed, answer.verdict != Verdict::kYes};
  switch (answer.verdict) {
    case Verdict::kYes:
      return {static_cast<State>(static_cast<int>(State::kAccepted) + answer.grade() - 1)};
    case Verdict::kNo:
      return {State::kRefused};
    case Verdict::kHostKey:
      return {State::kHostKey};
    case Verdict::kThrottled:
    case Verdict::kUnreachable:
      break;
  }
  if (answer.check.result == Check::Result::kYes) return {State::kChecked, true};
  return {State::kUnknown};
}

std::vector<CoveredCa> cas_of(const std::vector<Answer>& answers, const ca::Configuration& configuration) {
  // In the order of the canaries' file, not of what went wrong.
  std::vector<const Canary*> canaries;
  for (const Answer& each : answers) canaries.push_back(each.canary);
  std::ranges::sort(canaries);
  std::vector<CoveredCa> cas;
  const auto find = [&cas](const std::string& fingerprint) {
    return std::ranges::find(cas, fingerprint, &CoveredCa::fingerprint);
  };
  for (const Canary* each : canaries) {
    const std::string fingerprint = crypto::fingerprint(each->certificate.body.ca);
    if (find(fingerprint) == cas.end()) cas.push_back({fingerprint, each->comment, {}});
  }
  for (const std::string& name : configuration.names()) {
    const auto key = ca::configured_public_key(configuration.find(name));
    if (!key) continue;
    const std::string fingerprint = crypto::fingerprint(*key);
    if (find(fingerprint) == cas.end()) cas.push_back({fingerprint, name, {}});
    find(fingerprint)->configured = name;
  }
  return cas;
}

std::string sign_of(const Cell& cell) {
  const std::string sign(text_of(cell.state).sign);
  return cell.by_snapshot ? "(" + sign + ")" : sign;
}

ui::Tone tone_of(const Cell& cell) {
  if (cell.good()) return ui::Tone::kPlain;
  return cell.by_snapshot || cell.state == State::kNoCanary || cell.state == State::kUnknown
             ? ui::Tone::kWarning
             : ui::Tone::kAlarm;
}

// "A", "B", … "Z", "AA".
std::string letter(std::size_t number) {
  std::string out;
  for (++number; number != 0; number = (number - 1) / 26)
    out.insert(out.begin(), static_cast<char>('A' + (number - 1) % 26));
  return out;
}

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t have = code_points(as_bytes(text));
  return text + std::string(width > have ? width - have : 0, ' ');
}

// The columns of some CAs, as many as fit beside the names.
std::string table(const Coverage& coverage, std::size_t first, std::size_t end, std::size_t cell_width) {
  constexpr std::size_t kWidestHost = 32;
  constexpr std::size_t kWidestAccount = 16;
  std::size_t host_width = 4;
  std::size_t account_width = 7;
  const auto host = [](const CoveredAccount& row) { return fitted(printable(row.target.name), kWidestHost); };
  const auto account = [](const CoveredAccount& row) {
    return fitted(printable(row.account), kWidestAccount);
  };
  for (const CoveredAccount& each : coverage.rows) {
    host_width = std::max(host_width, code_points(as_bytes(host(each))));
    account_width = std::max(account_width, code_points(as_bytes(account(each))));
  }
  std::string text = padded("host", host_width) + "  " + padded("account", account_width);
  for (std::size_t i = first; i < end; ++i)
    text += "  " + (i + 1 == end ? letter(i) : padded(letter(i), cell_width));
  text += "\n";
  for (const CoveredAccount& row : coverage.rows) {
    text += padded(host(row), host_width) + "  " + padded(account(row), account_width);
    for (std::size_t i = first; i < end; ++i) {
      const std::string sign = sign_of(row.cells[i]);
      const std::string rest = i + 1 == end ? "" : padded(sign, cell_width).substr(sign.size());
      text += "  " + ui::toned(tone_of(row.cells[i]), sign) + rest;
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::string CoveredCa::words() const { return name.empty() ? fingerprint : printable(name); }

std::string_view state_code(State state) { return text_of(state).code; }
std::string_view state_words(State state) { return text_of(state).words; }

bool CoveredAccount::good() const { return std::ranges::all_of(cells, &Cell::good); }

Coverage coverage_of(const std::vector<Answer>& answers, const ca::Configuration& configuration) {
  Coverage out{cas_of(answers, configuration), {}};
  std::map<std::tuple<std::string, std::uint16_t, std::string>, std::size_t> places;
  std::map<std::string, std::size_t> columns;
  for (std::size_t i = 0; i < out.cas.size(); ++i) columns[out.cas[i].fingerprint] = i;
  for (const Answer& each : answers) {
    const auto [place, fresh] =
        places.try_emplace({each.target.host, each.target.port, each.account}, out.rows.size());
    if (fresh) out.rows.push_back({each.target, each.account, std::vector<Cell>(out.cas.size())});
    Cell& cell =
        out.rows[place->second].cells[columns.at(crypto::fingerprint(each.canary->certificate.body.ca))];
    if (!each.canary->name.revoked) {
      if (cell.state != State::kRevokedAccepted) cell = cell_of(each);
    } else if (each.verdict == Verdict::kYes) {
      cell = {State::kRevokedAccepted};
    }
  }
  std::ranges::stable_sort(out.rows, {}, [](const CoveredAccount& row) {
    return std::tuple(row.good(), row.target.name, row.target.port, row.account);
  });
  for (const CoveredAccount& row : out.rows) {
    for (std::size_t i = 0; i < out.cas.size(); ++i) out.cas[i].good += row.cells[i].good();
  }
  return out;
}

std::vector<std::string> missing_canaries(const Coverage& coverage) {
  std::vector<std::string> out;
  std::set<std::string> said;
  for (const CoveredAccount& row : coverage.rows) {
    for (std::size_t i = 0; i < coverage.cas.size(); ++i) {
      if (row.cells[i].state != State::kNoCanary) continue;
      const CoveredCa& ca = coverage.cas[i];
      std::string command = "halligan prove --make --account " + shell_word(row.account) + " --ca " +
                            (ca.configured.empty() ? "FILE" : shell_word(ca.configured));
      if (said.insert(row.account + "\n" + ca.fingerprint).second) out.push_back(std::move(command));
    }
  }
  return out;
}

std::string to_text(const Coverage& coverage) {
  constexpr std::size_t kColumns = 80;
  constexpr std::size_t kNames = 32 + 2 + 16;  // of table(), at most
  std::string text;
  for (std::size_t i = 0; i < coverage.cas.size(); ++i) {
    const CoveredCa& ca = coverage.cas[i];
    text +=
        fmt::format("{}  {}: {} of {}\n", letter(i), fitted(ca.words(), 56), ca.good, coverage.rows.size());
  }
  std::size_t cell_width = letter(coverage.cas.size() - 1).size();
  std::set<State> met;
  bool by_snapshot = false;
  for (const CoveredAccount& row : coverage.rows) {
    for (const Cell& each : row.cells) {
      met.insert(each.state);
      by_snapshot = by_snapshot || each.by_snapshot;
      cell_width = std::max(cell_width, sign_of(each).size());
    }
  }
  const std::size_t at_once = std::max<std::size_t>(1, (kColumns - kNames) / (cell_width + 2));
  for (std::size_t first = 0; first < coverage.cas.size(); first += at_once)
    text += "\n" + table(coverage, first, std::min(first + at_once, coverage.cas.size()), cell_width);
  text += "\n";
  for (const State each : met) text += fmt::format("{:8}{}\n", text_of(each).sign, text_of(each).words);
  if (by_snapshot) text += fmt::format("{:8}by the snapshot of that name alone\n", "(...)");
  for (const std::string& each : missing_canaries(coverage)) text += "next: " + one_line(each) + "\n";
  const auto good = std::ranges::count_if(coverage.rows, &CoveredAccount::good);
  return text + fmt::format("{} of {} accept every CA\n", good, coverage.rows.size());
}

ui::Json to_json(const Coverage& coverage, const CoveredAccount& row) {
  ui::Json json{{"host", ui::json_text(row.target.name)},
                {"address", ui::json_text(row.target.host)},
                {"port", row.target.port},
                {"account", ui::json_text(row.account)},
                {"covered", row.good()}};
  json["cas"] = ui::Json::array();
  for (std::size_t i = 0; i < coverage.cas.size(); ++i) {
    const Cell& cell = row.cells[i];
    json["cas"].push_back({{"ca", coverage.cas[i].fingerprint},
                           {"ca_name", ui::json_text(coverage.cas[i].name)},
                           {"state", state_code(cell.state)},
                           {"good", cell.good()},
                           {"by_snapshot", cell.by_snapshot}});
  }
  return json;
}

}  // namespace halligan::prove
