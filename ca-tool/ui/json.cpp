#include "ui/json.hpp"

#include "base/codec.hpp"

namespace halligan::ui {

std::string json_text(std::string_view text) {
  return is_utf8(as_bytes(text)) ? std::string(text) : printable(text);
}

void put_text(Json& json, const std::string& name, std::string_view text) {
  json[name] = json_text(text);
  if (!is_utf8(as_bytes(text))) json[name + "_hex"] = hex(as_bytes(text));
}

void put_texts(Json& json, const std::string& name, const std::vector<std::string>& texts) {
  Json list = Json::array();
  Json digits = Json::array();
  bool odd = false;
  for (const std::string& text : texts) {
    list.push_back(json_text(text));
    digits.push_back(hex(as_bytes(text)));
    odd = odd || !is_utf8(as_bytes(text));
  }
  json[name] = std::move(list);
  if (odd) json[name + "_hex"] = std::move(digits);
}

std::string json_line(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace halligan::ui
