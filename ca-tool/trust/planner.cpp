#include "trust/planner.hpp"

#include <algorithm>

namespace halligan::trust {

Planner::Planner(const Facts& facts, const Wanted& wanted) : facts_(facts), wanted_(wanted) {
  check_host(facts_, plan);
  for (const HostFile& file : facts_.files) {
    if (file.regular && (file.path.ends_with(kDropIn) || file.text.find(kBegin) != std::string::npos))
      plan.found = true;
    if (file.regular && std::ranges::any_of(read_ca_file(file.text).keys,
                                            [&](const auto& each) { return is_ours(each.second); }))
      plan.found = true;
  }
}

bool Planner::is_ours(const ssh::PublicKey& key) const {
  return std::ranges::any_of(wanted_.authorities,
                             [&](const ssh::PublicKeyLine& each) { return each.key == key; });
}

void Planner::change(const HostFile* file, const std::string& path, std::string text, bool config) {
  const std::string real = file != nullptr && file->exists ? file->real : path;
  if (FileChange* const same = plan.change(real)) {
    same->text = std::move(text);
    return;
  }
  FileChange out{.config = config, .path = real, .before = "absent", .text = std::move(text)};
  if (file != nullptr && file->exists) {
    out.before = file->sum;
    out.old_text = file->text;
    out.mode = file->mode;
  }
  plan.changes.push_back(std::move(out));
}

void Planner::remove(const HostFile& file, bool config) {
  plan.changes.push_back({.action = Action::kRemove,
                          .config = config,
                          .path = file.real,
                          .mode = file.mode,
                          .before = file.sum,
                          .old_text = file.text});
}

void Planner::effect(const std::string& keyword, const std::string& before, const std::string& after) {
  for (const Account& account : facts_.accounts) {
    if (!account.effective.empty() && account.value(keyword) == before)
      plan.effects.push_back({account.name, keyword, before, after});
  }
}

}  // namespace halligan::trust
