// What a screen adds to a text: colour, and a pager for what is longer than the screen.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "io/child.hpp"
#include "ui/output.hpp"

namespace halligan::ui {

enum class Tone { kPlain, kWarning, kAlarm };

/// The text in that tone's colour. print() and tell() drop the colours where they would not be seen as such.
/// @param text safe for a terminal already
std::string toned(Tone tone, std::string text);

/// The text as it goes to standard output or standard error: with colours on a terminal that takes control
/// sequences, unless NO_COLOR is set.
std::string for_stream(std::string_view text, int fd);

/// Does a Pager live?
bool is_paging();

/// Shows what print() writes through $PAGER, or less, while it lives; as git does. Nothing happens unless
/// standard output is a terminal, and with --json or --no-pager.
class Pager {
 public:
  explicit Pager(const OutputOptions& options);
  /// Waits until the person has read it.
  ~Pager();
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

 private:
  std::optional<io::Child> child_;
  Descriptor terminal_;  ///< standard output as it was
  Descriptor errors_;    ///< standard error as it was, if it is a terminal too
};

}  // namespace halligan::ui
