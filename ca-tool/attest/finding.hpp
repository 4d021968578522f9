// What was found out about an attestation, besides what it says.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace halligan::attest {

struct Finding {
  bool fault;        ///< something is false or forbidden; else it only cannot be known
  std::string code;  ///< for programs
  std::string text;  ///< for people; what comes from outside is printable() in it
};

class Findings {
 public:
  void fault(std::string code, std::string text) { all_.push_back({true, std::move(code), std::move(text)}); }
  void note(std::string code, std::string text) { all_.push_back({false, std::move(code), std::move(text)}); }
  bool any_fault() const { return std::ranges::any_of(all_, &Finding::fault); }
  const std::vector<Finding>& all() const { return all_; }

 private:
  std::vector<Finding> all_;
};

}  // namespace halligan::attest
