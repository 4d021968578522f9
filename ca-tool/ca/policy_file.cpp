// The text of a policy. It decides what a CA may sign, so nothing in it is ignored.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/codec.hpp"
#include "ca/policy.hpp"
#include "crypto/digest.hpp"
#include "io/files.hpp"
#include "ssh/validity.hpp"

namespace halligan::ca {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMostCoSigners = 100;
constexpr std::uint64_t kLongestSkew = std::uint64_t{24} * 60 * 60;

// "line 2, column 5", from 1, of the last byte that the parser read.
std::string position(std::string_view text, std::size_t read) {
  const std::string_view before = text.substr(0, std::max<std::size_t>(std::min(read, text.size()), 1) - 1);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t column = before.size() - (before.rfind('\n') + 1) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

Failure wrong(const std::string& name, const std::string& text) {
  return fail(Code::kBadInput, printable(name) + ": " + text);
}

Result<std::uint64_t> duration(const std::string& name, const Json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  if (!value.is_string()) return wrong(name, "expected a duration, such as \"8h\"");
  auto seconds = ssh::parse_duration(value.get<std::string>());
  if (!seconds) return wrong(name, seconds.error().message);
  return *seconds;
}

Result<std::vector<std::string>> names(const std::string& name, const Json& value) {
  std::vector<std::string> found;
  const bool texts = value.is_array() && std::all_of(value.begin(), value.end(), [](const Json& item) {
                       return item.is_string() && !item.get_ref<const std::string&>().empty();
                     });
  if (!texts) return wrong(name, "expected an array of names");
  return value.get<std::vector<std::string>>();
}

Result<std::string> expression(const std::string& name, const Json& value) {
  if (!value.is_string()) return wrong(name, "expected a regular expression");
  auto text = value.get<std::string>();
  HALLIGAN_CHECK(check_expression(text).in(name));
  return text;
}

Result<std::map<std::string, std::optional<std::string>>> options(const std::string& name,
                                                                  const Json& value) {
  std::map<std::string, std::optional<std::string>> found;
  if (!value.is_object()) return wrong(name, "expected an object of names and values");
  for (const auto& [option, required] : value.items()) {
    if (required.is_string()) {
      found[option] = required.get<std::string>();
    } else if (required == true) {
      found[option] = std::nullopt;
    } else {
      return wrong(name, printable(option) + ": expected a string, or true for a flag");
    }
  }
  return found;
}

Result<> take(Policy& policy, const std::string& name, const Json& value) {
  if (name == "maximum_lifetime") {
    HALLIGAN_TRY(policy.maximum_lifetime, duration(name, value));
  } else if (name == "host_maximum_lifetime") {
    HALLIGAN_TRY(policy.host_maximum_lifetime, duration(name, value));
  } else if (name == "clock_skew") {
    HALLIGAN_TRY(policy.clock_skew, duration(name, value));
    if (policy.clock_skew > kLongestSkew) return wrong(name, "more than a day");
  } else if (name == "valid_after_within") {
    HALLIGAN_TRY(policy.valid_after_within, duration(name, value));
  } else if (name == "hosts") {
    HALLIGAN_TRY(policy.hosts, names(name, value));
  } else if (name == "principals") {
    HALLIGAN_TRY(policy.principals, names(name, value));
  } else if (name == "extensions") {
    HALLIGAN_TRY(policy.extensions, names(name, value));
  } else if (name == "key_id") {
    HALLIGAN_TRY(policy.key_id, expression(name, value));
  } else if (name == "critical_options") {
    HALLIGAN_TRY(policy.critical_options, options(name, value));
  } else if (name == "co_signers") {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kMostCoSigners)
      return wrong(name, "expected a number from 0 to 100");
    policy.co_signers = value.get<std::size_t>();
  } else if (name == "verify_required") {
    if (!value.is_boolean()) return wrong(name, "expected true or false");
    policy.verify_required = value.get<bool>();
  } else if (name == "counter") {
    if (value != "warn" && value != "strict") return wrong(name, "expected \"warn\" or \"strict\"");
    policy.counter_strict = value == "strict";
  } else if (name == "canaries") {
    if (!value.is_boolean()) return wrong(name, "expected true or false");
    policy.canaries = value.get<bool>();
  } else {
    return fail(Code::kBadInput, "unknown member " + printable(name), "see POLICY in halligan(1)");
  }
  return {};
}

}  // namespace

Result<Policy> parse_policy(std::string_view text) {
  // The parser keeps the last of two members with one name: the second would silently undo the first.
  std::vector<std::set<std::string>> open;
  std::optional<std::string> twice;
  const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key && !open.back().insert(parsed.get<std::string>()).second)
      twice = parsed.get<std::string>();
    return true;
  };
  Json json;
  try {
    json = Json::parse(text, watch, true, true);
  } catch (const Json::parse_error& error) {
    return fail(Code::kBadInput, position(text, error.byte) + ": not JSON");
  } catch (const Json::out_of_range&) {
    return fail(Code::kBadInput, "a number is too large");
  }
  if (!json.is_object()) return fail(Code::kBadInput, "expected a JSON object");
  if (twice) return fail(Code::kBadInput, "member " + printable(*twice) + " appears twice");
  Policy policy;
  for (const auto& [name, value] : json.items()) HALLIGAN_CHECK(take(policy, name, value));
  return policy;
}

Result<Policy> read_policy(const std::string& path) {
  HALLIGAN_TRY(auto read, read_policy_text(path));
  return std::move(read.policy);
}

Result<PolicyText> read_policy_text(const std::string& path) {
  HALLIGAN_TRY(Bytes text, io::read_trusted_file(path, kLargestPolicy).in("policy"));
  HALLIGAN_TRY(auto policy, parse_policy(as_text(text)).in("policy " + printable(path)));
  policy.sha256 = crypto::sha256(text);
  return PolicyText{std::move(policy), std::move(text)};
}

}  // namespace halligan::ca
