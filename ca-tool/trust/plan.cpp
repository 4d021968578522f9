#include "trust/plan.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "ssh/certificate.hpp"
#include "trust/host_lines.hpp"
#include "trust/planner.hpp"

namespace halligan::trust {

bool Plan::reloads() const { return std::ranges::any_of(changes, &FileChange::config); }

FileChange* Plan::change(std::string_view path) {
  const auto at = std::ranges::find(changes, path, &FileChange::path);
  return at == changes.end() ? nullptr : &*at;
}

ReadLines read_ca_file(std::string_view text) {
  ReadLines out;
  std::string_view rest = text;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t begin = text.size() - rest.size();
    const std::string_view line = next_host_line(rest);
    // A line of CRLF alone is not empty: it is a key that cannot be read.
    if (line.empty() || line.starts_with('#')) continue;
    auto key = authority_on(line);
    if (!key && ssh::parse_certificate_line(line)) continue;
    if (!key) {
      out.stops = begin;
      out.line = number;
      return out;
    }
    out.keys.emplace_back(begin, *std::move(key));
  }
  out.stops = text.size();
  return out;
}

Plan plan_rollback(const Facts& facts) {
  Plan plan;
  check_host(facts, plan);
  plan.rolled_back = facts.last;
  for (const Changed& each : facts.changed) {
    if (each.now != each.after) {
      plan.refusals.push_back({printable(each.path) + " has been changed since", "edit it by hand"});
      continue;
    }
    plan.changes.push_back({.action = each.before == "absent" ? Action::kRemove : Action::kRestore,
                            .config = each.config,
                            .path = each.path,
                            .before = each.now,
                            .saved = each.saved + ".old"});
  }
  return plan;
}

}  // namespace halligan::trust
