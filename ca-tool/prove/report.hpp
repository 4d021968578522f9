// The answers for people, for programs, for a monitoring system and for a browser.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "prove/answer.hpp"
#include "prove/coverage.hpp"
#include "ui/json.hpp"

namespace halligan::prove {

/// "yes, grade 1", "REVOKED BUT ACCEPTED", … safe for a terminal.
std::string answer_words(const Answer& answer);
/// Why there is no second grade: "PermitRootLogin is no (/etc/ssh/sshd_config:12)". Safe for a terminal; may
/// be empty.
std::string check_words(const Check& check);
/// "opened by a drill 7 days ago", or what is odd about the last one; empty where there is nothing to say.
/// Safe for a terminal. @param now Unix seconds
std::string drill_words(const Drilled& drilled, std::uint64_t now);
/// What to do about it; empty where there is nothing to do.
std::string next_step(const Answer& answer);
/// "12 answers of 6 hosts: 10 as they should be, 2 wrong".
std::string summary(const std::vector<Answer>& answers);

/// A table with a heading and a summary. @param answers sorted @param now Unix seconds
std::string to_text(const std::vector<Answer>& answers, std::uint64_t now);
ui::Json to_json(const Answer& answer);

/// For the textfile collector of Prometheus' node_exporter.
std::string to_prometheus(const std::vector<Answer>& answers, std::uint64_t now);

/// One page of HTML without scripts and without anything to load; the map first, unless it says no more than
/// the answers. @param now Unix seconds
std::string to_html(const std::vector<Answer>& answers, const Coverage& coverage, std::uint64_t now);

}  // namespace halligan::prove
