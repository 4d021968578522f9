// What the programs use of this computer: its C library, its libraries, its OpenSSH.
#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/codec.hpp"
#include "base/program.hpp"
#include "doctor/checks.hpp"
#include "io/identity.hpp"
#include "io/process.hpp"
#include "ui/describe.hpp"
#include "unattended/unlock.hpp"

namespace halligan::doctor {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUsualFolders[] = {"/usr/bin", "/bin", "/usr/local/bin"};

// A program that is not found in PATH, but in this folder.
std::string usual_folder(const std::string& program) {
  for (const char* folder : kUsualFolders) {
    if (::access((std::string(folder) + "/" + program).c_str(), X_OK) == 0) return folder;
  }
  return {};
}

std::string first_line(std::string_view text) {
  return printable(text.substr(0, std::min(text.find_first_of("\r\n"), text.size())));
}

// What ssh-keygen says when it is to make a key by the library, on a token that is not there.
Result<std::string> try_provider(const std::string& library, const std::string& no_token) {
  io::Command command{
      .argv = {"ssh-keygen", "-q", "-t", "ecdsa-sk", "-N", "", "-C", "", "-f", no_token, "-w", library}};
  command.variables = {{"HALLIGAN_DEVICE", no_token},
                       {"HALLIGAN_GRACE", "0"},
                       {"SSH_ASKPASS_REQUIRE", "never"},
                       {"SSH_SK_HELPER", std::nullopt}};
  HALLIGAN_TRY(const io::Finished done, io::run(command));
  return done.err;
}

// In the library's folder: itself, and those for older OpenSSH.
std::vector<std::string> libraries_for(const std::string& library) {
  std::vector<std::string> names{library};
  const fs::path path = library;
  const std::string stem = path.stem();
  for (const char* version : {"9", "7", "5", "4"}) {
    const fs::path other = path.parent_path() / (stem + "-api" + version + ".so");
    std::error_code none;
    if (fs::is_regular_file(other, none)) names.push_back(other);
  }
  return names;
}

}  // namespace

Finding check_program(const DoctorOptions&) {
  constexpr std::string_view kName = "program";
  const auto loaded = loaded_files();
  if (!loaded) return {kName, Verdict::kUnknown, loaded.error().message};
  const std::vector<std::string>& files = *loaded;
  const fs::path top = fs::path(files.front()).parent_path().parent_path();
  const std::string own_folder = (top / "lib").string() + "/";
  std::size_t own = 0;
  std::vector<std::string> foreign;
  std::string c_library = "this computer's";
  for (std::size_t i = 1; i < files.size(); ++i) {
    if (files[i].starts_with(own_folder) && top != "/usr" && top != "/usr/local") {
      ++own;
      if (files[i].ends_with("/libc.so.6")) c_library = "its own";
    } else {
      foreign.push_back(fs::path(files[i]).filename());
    }
  }
  std::ranges::sort(foreign);
  const std::string others = own == 0          ? fmt::format("{} libraries", foreign.size())
                             : foreign.empty() ? "no library"
                                               : ui::joined(foreign);
  return {kName, Verdict::kFine,
          printable(fmt::format("{}, {} C library {}, {} libraries of its own, of this computer: {}",
                                files.front(), c_library, ::gnu_get_libc_version(), own, others))};
}

Finding check_account(const DoctorOptions&) {
  constexpr std::string_view kName = "account";
  if (const auto name = io::account_name()) return {kName, Verdict::kFine, printable(*name)};
  return {
      kName, Verdict::kUnknown,
      fmt::format("the name of user {} is unknown to this program: mint --ssh does not read ~/.ssh/config",
                  ::getuid()),
      "halligan mint --ssh HOST -- -F ~/.ssh/config"};
}

Finding check_openssh(const DoctorOptions&) {
  constexpr std::string_view kName = "openssh";
  std::string places;
  for (const std::string program : {"ssh", "ssh-keygen", "ssh-add", "ssh-agent"}) {
    const auto found = find_program(program);
    if (!found) {
      const std::string folder = usual_folder(program);
      return {
          kName, Verdict::kWrong, found.error().message,
          folder.empty() ? "sudo apt-get install openssh-client" : "export PATH=\"$PATH:" + folder + "\""};
    }
    places += (places.empty() ? "" : ", ") + printable(*found);
  }
  const auto asked = io::run({.argv = {"ssh", "-V"}});
  if (!asked) return wrong(kName, asked.error());
  if (asked->exit_code != 0)
    return {kName, Verdict::kWrong, "ssh -V: " + first_line(asked->err),
            "sudo apt-get install openssh-client"};
  return {kName, Verdict::kFine, first_line(asked->err) + ": " + places};
}

Finding check_handoff(const DoctorOptions&) {
  constexpr std::string_view kName = "handoff";
  const auto age = find_program("age");
  if (age) return {kName, Verdict::kFine, printable(*age)};
  return {kName, Verdict::kUnknown, "age is missing, which only halligan handoff needs",
          "sudo apt-get install age"};
}

Finding check_provider(const DoctorOptions&) {
  constexpr std::string_view kName = "provider";
  const auto library = unattended::find_provider({});
  if (!library) return wrong(kName, library.error(), "unset SSH_SK_PROVIDER");
  // Nobody has a token of this name, so its name in what ssh-keygen says is from the library.
  const std::string no_token = fmt::format("/nonexistent/halligan-doctor-{}", ::getpid());
  std::string refused;
  for (const std::string& each : libraries_for(*library)) {
    const auto said = try_provider(each, no_token);
    if (!said) return {kName, Verdict::kUnknown, printable(said.error().message)};
    if (said->find("no token at " + no_token) != std::string::npos)
      return {kName, Verdict::kFine, "ssh-keygen loads " + printable(each)};
    if (refused.empty()) refused = first_line(*said);
  }
  std::string what = "this computer's ssh-keygen does not load " + printable(*library) + ": " + refused;
  if (std::getenv("SSH_SK_PROVIDER") != nullptr)
    return {kName, Verdict::kWrong, what, "unset SSH_SK_PROVIDER"};
  return {kName, Verdict::kUnknown, what, "use halligan mint, which needs no provider"};
}

}  // namespace halligan::doctor
