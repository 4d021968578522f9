// Drills for people, for programs and for a browser.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drill/due.hpp"
#include "drill/record.hpp"
#include "drill/signatures.hpp"

namespace halligan::drill {

/// "2 of 4 hosts opened, 1 alert missing".
std::string summary(const Drill& drill);
/// "0.12 s".
std::string seconds_words(std::uint64_t milliseconds);
/// Each step with its time: "connect 0.01 s, exchange 0.05 s".
std::string steps_words(const std::vector<Step>& steps);
/// "opened, alert missing"
std::string outcome_words(const DrilledHost& host);

struct SignedDrill {
  Drill drill;
  std::vector<DrillSignature> signatures{};
};

/// What the record says beyond its hosts and times: who, why, with which certificate, signed by whom.
struct Fact {
  std::string_view name;
  std::string value;
  std::optional<bool> good{};  ///< of a signature
};
std::vector<Fact> facts(const SignedDrill& shown);

/// Rows, and a table of the hosts; safe for a terminal.
std::string to_text(const SignedDrill& shown);
/// The members of the record, and what follows from them.
ui::Json to_json(const SignedDrill& shown);

std::string to_text(const Status& status, std::uint64_t now);
ui::Json to_json(const Status& status, std::uint64_t now);

/// One page of HTML without scripts and without anything to load. @param drills at least one, in their order
std::string to_html(const std::vector<SignedDrill>& drills, const Status& status, std::uint64_t now);
/// The same as CommonMark, which shows every text as it is.
std::string to_markdown(const std::vector<SignedDrill>& drills, const Status& status, std::uint64_t now);

}  // namespace halligan::drill
