#include "trust/snapshot.hpp"

#include "base/codec.hpp"
#include "ssh/text_line.hpp"
#include "ui/json.hpp"

namespace halligan::trust {
namespace {

constexpr int kFormat = 1;

Result<Snapshot> parse_line(std::string_view line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  const auto text = [&](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (!json.is_object() || !json.contains("halligan_snapshot"))
    return fail(Code::kBadInput, "not a snapshot", "make one: halligan trust snapshot HOST -o FILE");
  if (json["halligan_snapshot"] != kFormat)
    return fail(Code::kUnsupported, "a snapshot of another version of halligan");
  HALLIGAN_TRY(const Bytes facts, parse_base64(text("facts")).in("facts"));
  Snapshot out{text("host"), 0, text("by"), text("tool"), std::string(as_text(facts)), {}};
  if (json.contains("taken") && json["taken"].is_number_unsigned()) out.taken = json["taken"];
  HALLIGAN_TRY(out.facts, parse_facts(out.text));
  return out;
}

}  // namespace

std::string snapshot_line(std::string_view host, std::uint64_t taken, std::string_view by,
                          std::string_view tool, std::string_view text) {
  ui::Json json{{"halligan_snapshot", kFormat}, {"host", ui::json_text(host)}};
  ui::put_moment(json, "taken", taken);
  json["by"] = ui::json_text(by);
  json["tool"] = tool;
  json["facts"] = base64(as_bytes(text));
  return ui::json_line(json);
}

Result<std::vector<Snapshot>> parse_snapshots(std::string_view text) {
  std::vector<Snapshot> out;
  HALLIGAN_CHECK(ssh::each_line(text, [&out](std::string_view line, std::size_t) -> Result<> {
    HALLIGAN_TRY(auto parsed, parse_line(line));
    out.push_back(std::move(parsed));
    return {};
  }));
  if (out.empty()) return fail(Code::kBadInput, "contains no snapshot");
  return out;
}

}  // namespace halligan::trust
