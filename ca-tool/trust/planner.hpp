// What making a plan takes, whether hosts are to trust the CAs or no longer.
#pragma once

#include <string>

#include "trust/config_text.hpp"
#include "trust/plan.hpp"

namespace halligan::trust {

// Around our directives, where they are in the main file.
constexpr std::string_view kBegin = "# halligan: begin\n";
constexpr std::string_view kEnd = "# halligan: end\n";

class Planner {
 public:
  /// Both outlive it.
  Planner(const Facts& facts, const Wanted& wanted);

 protected:
  void refuse(std::string text, std::string next = {}) {
    plan.refusals.push_back({std::move(text), std::move(next)});
  }
  void remark(std::string text, std::string next = {}) {
    plan.remarks.push_back({std::move(text), std::move(next)});
  }
  bool is_ours(const ssh::PublicKey& key) const;
  /// A file is to have this text. @param file null if the host has no such file
  void change(const HostFile* file, const std::string& path, std::string text, bool config);
  void remove(const HostFile& file, bool config = false);
  /// For each account that has this value now.
  void effect(const std::string& keyword, const std::string& before, const std::string& after);

  const Facts& facts_;
  const Wanted& wanted_;
  Plan plan;
};

}  // namespace halligan::trust
