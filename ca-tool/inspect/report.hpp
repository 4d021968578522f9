// What `halligan inspect` prints, in order: results on stdout in large pieces, errors on stderr, and what the
// exit status will be.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "inspect/view.hpp"

namespace halligan::inspect {

/// @errors kUnreachable of all of these: stdout is closed or full
class InspectReport {
 public:
  explicit InspectReport(const View& view);

  const View& view() const { return view_; }

  /// One thing. An error in its place is reported as by fault(), and the rest goes on.
  Result<> add(const ui::Origin& origin, const Result<Item>& item);
  Result<> add(const ui::Origin& origin, Result<Shown> shown);
  /// Something that could not be shown: on stderr, in JSON also on stdout.
  Result<> fault(const ui::Origin& origin, Error error);

  /// Begin a thing that is printed piece by piece with write().
  Result<> begin();
  Result<> write(std::string_view text);

  /// All that was written so far goes out.
  Result<> flush();
  /// 0; 1 when an answer was no; the largest exit code of an error, if there was one.
  int status() const { return status_; }

 private:
  View view_;
  bool at_once_;  // a person watches
  bool first_ = true;
  int status_ = 0;
  std::string waiting_;
};

}  // namespace halligan::inspect
