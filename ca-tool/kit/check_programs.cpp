#include "base/codec.hpp"
#include "base/folder.hpp"
#include "base/program.hpp"
#include "base/text.hpp"
#include "io/decompress.hpp"
#include "io/folders.hpp"
#include "io/process.hpp"
#include "kit/verify.hpp"

namespace halligan::kit {
namespace {

constexpr std::string_view kName = "programs";
constexpr std::size_t kLargestArchive = 512 << 20;

// What the loader, the kernel or the program said, in a line.
std::string said(const io::Finished& done) {
  std::string_view rest = done.err.empty() ? done.out : done.err;
  return printable(next_line(rest));
}

KitFinding try_start(const std::vector<std::string>& argv, const std::string& shown, int stop = -1) {
  const auto done = io::run({.argv = argv, .stop = stop});
  if (!done) return {kName, Verdict::kWrong, shown + ": " + printable(done.error().message)};
  if (done->exit_code == 0) return {kName, Verdict::kFine, shown + " starts: " + said(*done)};
  return {kName, Verdict::kWrong, shown + " does not start here: " + said(*done)};
}

Result<KitFinding> start_archive(const std::string& name, const Bytes& archive) {
  HALLIGAN_TRY(const Bytes files, io::decompressed(name, archive, kLargestArchive));
  HALLIGAN_TRY(const auto scratch, io::ScratchFolder::make());
  HALLIGAN_TRY(const io::Finished unpacked,
               io::run({.argv = {"tar", "-xf", "-", "--no-same-owner", "-C", scratch->path()},
                        .in = files,
                        .timeout = std::chrono::minutes(5),
                        .stop = scratch->stop()}));
  if (unpacked.exit_code != 0) return fail(Code::kBadInput, "tar cannot unpack it: " + said(unpacked));
  HALLIGAN_TRY(const auto names, names_in(scratch->path()));
  if (names.size() != 1) return fail(Code::kBadInput, "not one folder");
  const std::string program = scratch->path() + "/" + names.front() + "/bin/halligan";
  return try_start({program, "--version"}, "halligan of " + printable(name), scratch->stop());
}

}  // namespace

KitFindings check_programs(const std::string& name, const Bytes& archive, bool trusted) {
  KitFindings findings;
  for (const std::string program : {"ssh", "ssh-keygen"}) {
    const auto found = find_program(program);
    if (!found) findings.push_back({kName, Verdict::kWrong, found.error().message});
    if (found && program == "ssh") findings.push_back(try_start({program, "-V"}, printable(*found)));
  }
  if (name.empty()) {
    findings.push_back({kName, Verdict::kUnknown, "the stick has no portable halligan"});
  } else if (!trusted) {
    findings.push_back(
        {kName, Verdict::kUnknown,
         "the portable halligan was not started: the stick is not signed by a CA or by --signer"});
  } else {
    auto started = start_archive(name, archive);
    findings.push_back(
        started ? *std::move(started)
                : KitFinding{kName, Verdict::kWrong, printable(name) + ": " + started.error().message});
  }
  return findings;
}

}  // namespace halligan::kit
