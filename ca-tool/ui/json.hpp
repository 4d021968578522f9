// JSON as programs get it: one object a line, ASCII, whatever the texts in it are.
//
// Times: the plain name is a number, Unix seconds, and has a twin that is a string by RFC 3339 in UTC. A
// moment NAME has NAME_at (made, made_at; sealed, sealed_at; generated, generated_at); a validity has
// valid_after and valid_before, with valid_from and valid_to, which may be "forever".
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace halligan::ui {

using Json = nlohmann::ordered_json;

/// An object with room for this many members: what has a dozen is not copied each time it outgrows its place.
Json object_of(std::size_t members);

/// JSON is UTF-8: a text that is not comes escaped as on a terminal.
std::string json_text(std::string_view text);

/// A member that may be any bytes: `name`, and `name`_hex where the text alone could be another one's.
void put_text(Json& json, const std::string& name, std::string_view text);
void put_texts(Json& json, const std::string& name, const std::vector<std::string>& texts);

/// `name` and its twin `name`_at.
void put_moment(Json& json, const std::string& name, std::uint64_t time);
/// valid_after, valid_before and their twins.
void put_validity(Json& json, std::uint64_t after, std::uint64_t before);

/// The object on one line with its newline. ASCII alone: a terminal obeys some characters beyond it.
std::string json_line(const Json& json);

/// An object that is too large to be built first, on one line, value by value.
class JsonWriter {
 public:
  /// @param write takes a piece of the text; after its first error nothing more is written
  explicit JsonWriter(std::function<Result<>(std::string_view)> write) : write_(std::move(write)) {}

  /// Begin an object with these members, as the whole or in an array; more may follow.
  void open(const Json& members);
  void close() { close("}"); }
  void member(std::string_view name, const Json& json) { key(name), value(json); }
  /// Objects follow.
  void open_array(std::string_view name) { key(name), put("["); }
  void close_array() { close("]"); }
  /// @param json makes a value of each
  template <typename List, typename Make>
  void array(std::string_view name, const List& list, Make json) {
    open_array(name);
    for (const auto& each : list) value(json(each));
    close_array();
  }
  /// The newline after the object. @errors of `write`
  Result<> finish() { return put("\n"), std::move(result_); }

 private:
  void put(std::string_view text);
  void value(const Json& json);
  void key(std::string_view name);
  void close(std::string_view bracket);

  std::function<Result<>(std::string_view)> write_;
  Result<> result_;
  bool first_ = true;  // no comma before what comes next
};

}  // namespace halligan::ui
