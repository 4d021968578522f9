// What `halligan inspect` prints, in order: results on stdout in large pieces, errors on stderr, and what the
// exit status will be.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "inspect/item.hpp"

namespace halligan::inspect {

class InspectReport {
 public:
  InspectReport(bool json, bool check);

  /// One thing. An error in it is told, in JSON also on stdout, and the rest goes on.
  /// @errors kUnreachable: stdout is closed or full
  Result<> add(const ui::Origin& origin, Shown shown);
  /// Something that could not be shown.
  Result<> fault(const ui::Origin& origin, Error error);

  /// Begin a thing that is printed piece by piece with write().
  Result<> begin();
  Result<> write(std::string_view text);
  void answer(int answer);

  /// All that was written so far goes out.
  Result<> flush();
  /// 0; 1 when an answer was no; the largest exit code of an error, if there was one.
  int status() const { return status_; }

 private:
  bool json_;
  bool check_;
  bool at_once_;  // a person watches
  bool first_ = true;
  int status_ = 0;
  std::string waiting_;
};

}  // namespace halligan::inspect
