// Whether a kit is what it was, and still of use: the checks, each a row or more.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kit/command.hpp"
#include "kit/contents.hpp"

namespace halligan::kit {

enum class Verdict { kFine, kWrong, kUnknown };

/// What one check found. Texts of others are printable() already.
struct KitFinding {
  std::string_view name;  ///< "manifest": one word, stable, for --json
  Verdict verdict = Verdict::kFine;
  std::string what;
};
using KitFindings = std::vector<KitFinding>;

/// The name of the finding that there was more to look at than a picture shows.
inline constexpr std::string_view kOnePicture = "picture";

/// What a kit is compared with.
struct KitMeasure {
  std::vector<KitCa> authorities;
  std::vector<ssh::PublicKey> signers;  ///< who may have signed a manifest, besides the CAs
  std::uint64_t now = 0;
  bool start = false;
};

/// Codes in a PDF or a picture, read by zbarimg (of a PDF pages made by pdftoppm): each is a CA's key, and of
/// a PDF every CA's key is there, as text too.
/// @errors kUnreachable (a program is missing) · as io::read_file()
Result<KitFindings> check_paper(const std::string& file, const KitMeasure& measure);

/// @errors kUnreachable (the folder cannot be read)
Result<KitFindings> check_stick(const std::string& folder, const KitMeasure& measure);

/// Do the programs of this computer start, and the one in the archive?
/// @param name the archive's file; empty if there is none
/// @param trusted whether its program may be started
KitFindings check_programs(const std::string& name, const Bytes& archive, bool trusted);

}  // namespace halligan::kit
