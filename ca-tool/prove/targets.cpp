#include "prove/targets.hpp"

#include <algorithm>
#include <set>

#include "base/codec.hpp"
#include "ca/judgement.hpp"
#include "io/files.hpp"
#include "ssh/text_line.hpp"

namespace halligan::prove {
namespace {

constexpr std::size_t kLargestList = 64 << 20;

Result<Bytes> read_input(const std::string& file) {
  HALLIGAN_TRY(auto input, io::InputFile::open(file));
  Bytes text;
  HALLIGAN_CHECK(input.read_rest(text, kLargestList));
  return text;
}

}  // namespace

Result<Target> parse_target(const std::string& text, std::uint16_t port) {
  HALLIGAN_TRY(const auto parsed, ca::parse_host(text));
  const bool named =
      text.starts_with('[') ? text.find("]:") != std::string::npos : std::ranges::count(text, ':') == 1;
  return Target{text, parsed.name, named ? parsed.port : port};
}

Result<std::vector<Target>> parse_host_list(std::string_view text) {
  std::vector<Target> out;
  const auto take = [&](std::string_view line, std::size_t) -> Result<> {
    line = line.substr(0, line.find_first_of(" \t#"));
    HALLIGAN_TRY(auto target, parse_target(std::string(line)));
    out.push_back(std::move(target));
    return {};
  };
  HALLIGAN_CHECK(ssh::each_line(text, take));
  return out;
}

Result<std::vector<Target>> find_targets(const TargetOptions& options, const HostKeys& keys) {
  std::vector<Target> all;
  std::set<std::pair<std::string, std::uint16_t>> seen;
  const auto add = [&](std::vector<Target> found) {
    for (Target& each : found) {
      if (seen.insert({each.host, each.port}).second) all.push_back(std::move(each));
    }
  };
  for (const std::string& host : options.hosts) {
    HALLIGAN_TRY(auto target, parse_target(host));
    add({std::move(target)});
  }
  for (const std::string& file : options.lists) {
    HALLIGAN_TRY(const Bytes text, read_input(file));
    HALLIGAN_TRY(auto found, parse_host_list(as_text(text)).in(printable(file)));
    add(std::move(found));
  }
  for (const std::string& file : options.inventories) {
    HALLIGAN_TRY(const Bytes text, read_input(file));
    HALLIGAN_TRY(auto found, parse_inventory(as_text(text)).in(printable(file)));
    add(std::move(found));
  }
  if (options.from_known_hosts) {
    for (const std::string& name : named_hosts(keys.known())) {
      if (auto target = parse_target(name)) add({*std::move(target)});
    }
  }
  if (all.empty()) return fail(Code::kUsage, "no host to ask", "name hosts, or a file of them with -f FILE");
  return all;
}

}  // namespace halligan::prove
