// A plan and what became of it, for people and programs.
#pragma once

#include <string>
#include <string_view>

#include "trust/change.hpp"
#include "trust/host.hpp"
#include "trust/plan.hpp"
#include "ui/json.hpp"

namespace halligan::trust {

/// What is in force: everything (kYes), nothing of ours (kNo), something else (kDrift).
enum class State { kYes, kNo, kDrift };
State state_of(const Plan& plan);
std::string_view state_word(State state);

/// One hunk of diff -u, with three lines around it; empty if nothing differs. Safe for a terminal.
std::string unified_diff(std::string_view path, std::string_view before, std::string_view after,
                         bool removed);

std::string plan_text(const Host& host, const Plan& plan);
ui::Json plan_json(const Host& host, const Facts& facts, const Plan& plan);
std::string outcome_text(const Host& host, const Change& change);
ui::Json outcome_json(const Host& host, const Change& change);

/// The record that is kept of a change: what sshd said before and after, who did it, and when.
ui::Json evidence_json(const Host& host, const Facts& before, const Plan& plan, const Change& change);

}  // namespace halligan::trust
