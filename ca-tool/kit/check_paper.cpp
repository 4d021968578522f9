#include <algorithm>
#include <filesystem>

#include "base/codec.hpp"
#include "base/folder.hpp"
#include "base/program.hpp"
#include "base/text.hpp"
#include "io/files.hpp"
#include "io/folders.hpp"
#include "io/process.hpp"
#include "kit/verify.hpp"

namespace halligan::kit {
namespace {

constexpr std::size_t kLargestPicture = 256 << 20;
constexpr std::size_t kMostText = 16 << 20;
constexpr std::chrono::minutes kReading{5};
constexpr int kNoCode = 4;  // zbarimg(1): it found none

Result<io::Finished> run_tool(std::vector<std::string> argv, const std::string& package, int stop = -1) {
  HALLIGAN_CHECK(find_program(argv.front()).hint("sudo apt-get install " + package));
  HALLIGAN_TRY(const io::Finished done,
               io::run({.argv = argv, .out = io::Captured{kMostText}, .timeout = kReading, .stop = stop}));
  if (done.exit_code == 0 || done.exit_code == kNoCode) return done;
  std::string_view rest = done.err;
  return fail(Code::kBadInput, argv.front() + " cannot read it: " + printable(next_line(rest)));
}

// The texts of all QR codes; other bar codes do not count.
Result<std::vector<std::string>> read_codes(const std::string& picture, int stop = -1) {
  HALLIGAN_TRY(const io::Finished done,
               run_tool({"zbarimg", "--quiet", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable", picture},
                        "zbar-tools", stop));
  std::vector<std::string> out;
  for (std::string_view rest = done.out; !rest.empty();) out.emplace_back(next_line(rest));
  return out;
}

Result<std::vector<std::string>> read_codes_of_pdf(const std::string& file) {
  HALLIGAN_TRY(const auto scratch, io::ScratchFolder::make());
  HALLIGAN_CHECK(run_tool({"pdftoppm", "-r", "200", "-gray", "-png", file, scratch->path() + "/page"},
                          "poppler-utils", scratch->stop()));
  HALLIGAN_TRY(const auto pages, names_in(scratch->path()));
  std::vector<std::string> out;
  for (const std::string& page : pages) {
    HALLIGAN_TRY(const auto codes, read_codes(scratch->path() + "/" + page, scratch->stop()));
    out.insert(out.end(), codes.begin(), codes.end());
  }
  return out;
}

std::string without_blanks(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view(" \t\r\n\f").find(c) == std::string_view::npos) out += c;
  }
  return out;
}

KitFinding check_code(const std::string& text, const KitMeasure& measure) {
  const auto line = ssh::parse_public_key_line(text);
  if (!line) return {"code", Verdict::kWrong, "no public key: " + printable(text.substr(0, 60))};
  for (const KitCa& each : measure.authorities) {
    if (each.key == line->key)
      return {"code", Verdict::kFine, "the key of the CA " + printable(each.name) + ", " + each.fingerprint};
  }
  return {"code", Verdict::kWrong, "a key that is no CA's: " + crypto::fingerprint(line->key)};
}

// That code and text say the same, by the text that a PDF holds.
void check_text(const std::string& text, const KitMeasure& measure, KitFindings& findings) {
  for (const KitCa& each : measure.authorities) {
    const std::string line = ssh::format_public_key_line(each.key, "");
    const bool key = text.find(without_blanks(line)) != std::string::npos;
    const bool fingerprint = text.find(each.fingerprint) != std::string::npos;
    if (!key)
      findings.push_back({"text", Verdict::kWrong,
                          "the key of the CA " + printable(each.name) + " is not printed as it is"});
    if (!fingerprint)
      findings.push_back({"text", Verdict::kWrong,
                          "the fingerprint of the CA " + printable(each.name) + " is not printed as it is"});
  }
}

}  // namespace

Result<KitFindings> check_paper(const std::string& file, const KitMeasure& measure) {
  HALLIGAN_TRY(const Bytes contents, io::read_file(file, kLargestPicture));
  const bool pdf = as_text(contents).starts_with("%PDF-");
  // The programs take names that begin with "-" for options.
  const std::string path = std::filesystem::absolute(file).string();
  HALLIGAN_TRY(const auto codes, pdf ? read_codes_of_pdf(path) : read_codes(path));
  KitFindings findings;
  for (const std::string& each : codes) findings.push_back(check_code(each, measure));
  if (codes.empty()) findings.push_back({"code", Verdict::kWrong, "no QR code could be read"});
  if (!pdf) {
    findings.push_back({kOnePicture, Verdict::kUnknown, "one picture, so the rest was not looked at"});
    return findings;
  }
  for (const KitCa& each : measure.authorities) {
    const auto is = [&](const std::string& text) {
      const auto line = ssh::parse_public_key_line(text);
      return line && line->key == each.key;
    };
    if (std::ranges::none_of(codes, is))
      findings.push_back({"code", Verdict::kWrong, "no code with the key of the CA " + printable(each.name)});
  }
  HALLIGAN_TRY(const io::Finished text, run_tool({"pdftotext", path, "-"}, "poppler-utils"));
  check_text(without_blanks(text.out), measure, findings);
  return findings;
}

}  // namespace halligan::kit
