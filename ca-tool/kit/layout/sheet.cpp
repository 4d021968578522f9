#include "kit/layout/sheet.hpp"

#include <nlohmann/json.hpp>

namespace halligan::kit {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Runs& runs) {
  Json out = Json::array();
  for (const Run& each : runs) out.push_back({static_cast<int>(each.face), each.text});
  return out;
}

Json to_json(const Item& item) {
  Json rows = Json::array();
  for (const auto& row : item.rows) {
    Json cells = Json::array();
    for (const Runs& cell : row) cells.push_back(to_json(cell));
    rows.push_back(std::move(cells));
  }
  return {{"kind", static_cast<int>(item.kind)},
          {"level", item.level},
          {"label", item.label},
          {"text", to_json(item.text)},
          {"lines", item.lines},
          {"rows", std::move(rows)},
          {"head", item.head},
          {"qr", item.qr}};
}

template <typename Enum>
Enum enum_of(const Json& json, Enum last) {
  const int number = json.get<int>();
  if (number < 0 || number > static_cast<int>(last)) throw std::out_of_range("a number that means nothing");
  return static_cast<Enum>(number);
}

Runs runs_of(const Json& json) {
  Runs out;
  for (const Json& each : json)
    out.push_back({enum_of(each.at(0), Face::kCode), each.at(1).get<std::string>()});
  return out;
}

Item item_of(const Json& json) {
  Item item{.kind = enum_of(json.at("kind"), Item::Kind::kCut),
            .level = json.at("level").get<int>(),
            .label = json.at("label").get<std::string>(),
            .text = runs_of(json.at("text")),
            .lines = json.at("lines").get<std::vector<std::string>>(),
            .head = json.at("head").get<bool>(),
            .qr = json.at("qr").get<std::string>()};
  for (const Json& row : json.at("rows")) {
    auto& cells = item.rows.emplace_back();
    for (const Json& cell : row) cells.push_back(runs_of(cell));
  }
  return item;
}

Sheets sheets_of(const Json& json) {
  Sheets out{.title = json.at("title").get<std::string>(),
             .made = json.at("made").get<std::uint64_t>(),
             .made_text = json.at("made_text").get<std::string>(),
             .sheets = {}};
  for (const Json& each : json.at("sheets")) {
    Sheet& sheet = out.sheets.emplace_back(
        Sheet{each.at("name").get<std::string>(), each.at("one_page").get<bool>(), {}});
    for (const Json& item : each.at("items")) sheet.items.push_back(item_of(item));
  }
  return out;
}

}  // namespace

std::string format_sheets(const Sheets& sheets) {
  Json all = Json::array();
  for (const Sheet& each : sheets.sheets) {
    Json items = Json::array();
    for (const Item& item : each.items) items.push_back(to_json(item));
    all.push_back({{"name", each.name}, {"one_page", each.one_page}, {"items", std::move(items)}});
  }
  const Json json{{"title", sheets.title},
                  {"made", sheets.made},
                  {"made_text", sheets.made_text},
                  {"sheets", std::move(all)}};
  // Texts are printable() already, which is UTF-8; what was not would be shown as a replacement character.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Sheets> parse_sheets(std::string_view json) {
  try {
    return sheets_of(Json::parse(json));
  } catch (const std::exception& error) {
    return fail(Code::kBadInput, std::string("not sheets: ") + error.what());
  }
}

}  // namespace halligan::kit
