#include "ui/json.hpp"

#include <algorithm>
#include <utility>

#include "base/codec.hpp"
#include "io/clock.hpp"
#include "ssh/certificate.hpp"

namespace halligan::ui {
namespace {

// What JSON has to escape, and what is not ASCII: the library does it.
bool needs_escape(char c) { return c < 0x20 || c > 0x7E || c == '"' || c == '\\'; }

void append_text(std::string& out, const std::string& text) {
  if (std::ranges::none_of(text, needs_escape)) {
    (out += '"') += text;
    out += '"';
  } else {
    out += Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
  }
}

// As dump() does it, which looks at each character several times; of inspect's time that was some percent.
void append(std::string& out, const Json& json) {
  char before = '{';
  if (json.is_string()) {
    append_text(out, json.get_ref<const std::string&>());
  } else if (json.is_object() && !json.empty()) {
    for (const auto& [name, value] : json.get_ref<const Json::object_t&>()) {
      out += std::exchange(before, ',');
      append_text(out, name);
      append(out += ':', value);
    }
    out += '}';
  } else if (json.is_array() && !json.empty()) {
    before = '[';
    for (const Json& value : json) append(out += std::exchange(before, ','), value);
    out += ']';
  } else if (json.is_boolean()) {
    out += json.get<bool>() ? "true" : "false";
  } else if (json.is_number_unsigned()) {
    out += std::to_string(json.get<std::uint64_t>());
  } else {
    out += json.dump();
  }
}

std::string ascii(const Json& json) {
  std::string out;
  append(out, json);
  return out;
}

}  // namespace

Json object_of(std::size_t members) {
  Json::object_t object;
  object.reserve(members);
  return object;
}

std::string json_text(std::string_view text) {
  return is_utf8(as_bytes(text)) ? std::string(text) : printable(text);
}

void put_text(Json& json, const std::string& name, std::string_view text) {
  json[name] = json_text(text);
  if (!is_utf8(as_bytes(text))) json[name + "_hex"] = hex(as_bytes(text));
}

void put_texts(Json& json, const std::string& name, const std::vector<std::string>& texts) {
  Json& list = json[name] = Json::array();
  for (const std::string& text : texts) list.push_back(json_text(text));
  if (std::ranges::all_of(texts, [](const std::string& text) { return is_utf8(as_bytes(text)); })) return;
  Json& digits = json[name + "_hex"] = Json::array();
  for (const std::string& text : texts) digits.push_back(hex(as_bytes(text)));
}

void put_moment(Json& json, const std::string& name, std::uint64_t time) {
  json[name] = time;
  json[name + "_at"] = io::format_utc(time);
}

void put_validity(Json& json, std::uint64_t after, std::uint64_t before) {
  const auto utc = [](std::uint64_t time) {
    return time == ssh::kForever ? std::string("forever") : io::format_utc(time);
  };
  json["valid_after"] = after;
  json["valid_before"] = before;
  json["valid_from"] = utc(after);
  json["valid_to"] = utc(before);
}

std::string json_line(const Json& json) { return ascii(json) + "\n"; }

void JsonWriter::put(std::string_view text) {
  if (result_) result_ = write_(text);
}

void JsonWriter::value(const Json& json) {
  if (!first_) put(",");
  first_ = false;
  put(ascii(json));
}

void JsonWriter::key(std::string_view name) {
  value(name);
  put(":");
  first_ = true;
}

void JsonWriter::open(const Json& members) {
  if (!first_) put(",");
  first_ = members.empty();
  const std::string text = ascii(members);
  put(std::string_view(text).substr(0, text.size() - 1));
}

void JsonWriter::close(std::string_view bracket) {
  put(bracket);
  first_ = false;
}

}  // namespace halligan::ui
