// What is to be on paper, and how it is handed to the program that lays it out: one JSON object.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace halligan::kit {

enum class Face { kPlain, kStrong, kEmphasis, kCode };

struct Run {
  Face face = Face::kPlain;
  std::string text;

  bool operator==(const Run&) const = default;
};
using Runs = std::vector<Run>;

inline Runs plain(std::string text) { return {{Face::kPlain, std::move(text)}}; }
inline Runs strong(std::string text) { return {{Face::kStrong, std::move(text)}}; }
inline Runs code(std::string text) { return {{Face::kCode, std::move(text)}}; }

struct Item {
  enum class Kind {
    kHeading,  ///< text; level from 1
    kText,     ///< a paragraph; level is how far it is indented, with `label` in front
    kCode,     ///< lines, as they are; level 1: to be typed, label: where
    kTable,    ///< rows; if `head`, the first is its head and comes again on each page
    kPanel,    ///< a QR code of `code`, with lines beside it
    kForm,     ///< a line to write on for each of `lines`
    kBoxes,    ///< `level` boxes for a letter each, with `label` in front
    kCut,      ///< where the sheet is cut; label
  };

  Kind kind = Kind::kText;
  int level = 0;
  std::string label{};
  Runs text{};
  std::vector<std::string> lines{};
  std::vector<std::vector<Runs>> rows{};
  bool head = false;
  std::string qr{};

  bool operator==(const Item&) const = default;
};

struct Sheet {
  std::string name;       ///< at the foot of its pages
  bool one_page = false;  ///< it has to fit on one page; its letters are made smaller for that, to a limit
  std::vector<Item> items;

  bool operator==(const Sheet&) const = default;
};

struct Sheets {
  std::string title;
  std::uint64_t made = 0;  ///< Unix seconds
  std::string made_text;   ///< the same for people
  std::vector<Sheet> sheets;

  bool operator==(const Sheets&) const = default;
};

/// What the program reads: UTF-8.
std::string format_sheets(const Sheets& sheets);
/// @errors kBadInput
Result<Sheets> parse_sheets(std::string_view json);

}  // namespace halligan::kit
